/** What tells elements of an array apart: the elements of a set, the keys of a keyed array. */
export type ElementKey = string | number | boolean | null

/** The merged order of an array, and whether the two sides moved the elements that all three have in different ways. */
export interface MergedOrder {
  readonly keys: readonly ElementKey[]
  readonly movesClash: boolean
}

/**
 * Merges the order of three arrays, each with no key twice. What either side removed is left out, what either added is in.
 * The elements that all three have stand as the side that moved them has them (as base has them, where the moves clash); what was
 * added stands behind the element that it was added behind. Where both sides added at one place, the additions of each stay
 * together, and the side whose first addition is the lower (numbers, then strings by code unit) comes first: the same whichever
 * side is called theirs.
 */
export function mergeOrder (base: readonly ElementKey[], theirs: readonly ElementKey[], yours: readonly ElementKey[]): MergedOrder {
  const inBase = new Set(base)
  const inTheirs = new Set(theirs)
  const inYours = new Set(yours)
  const stays = base.filter(key => inTheirs.has(key) && inYours.has(key))
  const staying = new Set(stays)
  const theirStays = theirs.filter(key => staying.has(key))
  const yourStays = yours.filter(key => staying.has(key))
  const theyMoved = !sameOrder(theirStays, stays)
  const movesClash = theyMoved && !sameOrder(yourStays, stays) && !sameOrder(theirStays, yourStays)
  const skeleton = movesClash ? stays : theyMoved ? theirStays : yourStays

  const theirRuns = addedRuns(theirs, inBase, staying)
  const yourRuns = addedRuns(yours, inBase, staying)
  const keys = new Set<ElementKey>()
  for (const anchor of [undefined, ...skeleton]) {
    if (anchor !== undefined) keys.add(anchor)
    const runs = [theirRuns.get(anchor) ?? [], yourRuns.get(anchor) ?? []].sort(compareRuns)
    for (const key of runs.flat()) keys.add(key)
  }
  return { keys: [...keys], movesClash }
}

const sameOrder = (left: readonly ElementKey[], right: readonly ElementKey[]): boolean =>
  left.length === right.length && left.every((key, index) => key === right[index])

/** What a side added, by the staying element that it stands behind; undefined is the start. */
function addedRuns (side: readonly ElementKey[], inBase: ReadonlySet<ElementKey>, staying: ReadonlySet<ElementKey>) {
  const runs = new Map<ElementKey | undefined, ElementKey[]>()
  let run: ElementKey[] = []
  runs.set(undefined, run)
  for (const key of side) {
    if (staying.has(key)) {
      run = []
      runs.set(key, run)
    } else if (!inBase.has(key)) {
      run.push(key)
    }
  }
  return runs
}

function compareRuns (left: readonly ElementKey[], right: readonly ElementKey[]): number {
  for (const [index, key] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (key !== other) return compareKeys(key, other)
  }
  return left.length - right.length
}

function compareKeys (left: ElementKey, right: ElementKey): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : 1
  return typeof left === typeof right ? Number(left) - Number(right) : typeof left < typeof right ? -1 : 1
}
