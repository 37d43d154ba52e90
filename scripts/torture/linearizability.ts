import type { Operation } from './history.js'
import { after, changesNothing, initialState, stateKey, type State } from './model.js'

/**
 * Whether the operations on one document can be put in an order in which each took place at one moment between its start and its
 * end. `stuckAt` is as far as the search came: no operation of `candidates` can come next in that state.
 */
export type Linearizability =
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'not-linearizable', readonly stuckAt: State, readonly candidates: readonly Operation[] }
  | { readonly kind: 'out-of-time' }

/** Which operations have taken place. Its key is the same for equal sets, and only for them. */
class Placed {
  readonly #bits: Uint16Array

  constructor (count: number) {
    this.#bits = new Uint16Array(Math.ceil(count / 16))
  }

  has (index: number): boolean {
    return ((this.#bits[index >> 4] ?? 0) & (1 << (index & 15))) !== 0
  }

  flip (index: number): void {
    this.#bits[index >> 4] = (this.#bits[index >> 4] ?? 0) ^ (1 << (index & 15))
  }

  get key (): string {
    return String.fromCharCode(...this.#bits)
  }
}

/** A choice of the search: what was placed for it, and which operations may come next. */
interface Choice {
  readonly state: State
  readonly candidates: readonly number[]
  next: number
  /** What brought the search here, the last one first. */
  readonly placed: readonly number[]
}

/**
 * The search of Wing and Gong (Testing and Verifying Concurrent Objects, 1993), with Lowe's memory of what was tried (Testing for
 * linearizability, 2017). An unknown operation may take place at any time after its start, or never. `until`: when to give up, on
 * the clock of `performance.now()`.
 */
export const checkLinearizability = (operations: readonly Operation[], until = Infinity): Linearizability => {
  const definite = operations.filter(({ result }) => result.kind === 'ok' || result.kind === 'refused').sort((a, b) => a.start - b.start)
  const unknown = operations.filter(({ call, result }) => result.kind === 'unknown' && call.kind === 'write').sort((a, b) => a.start - b.start)
  const all = [...definite, ...unknown]
  const placed = new Placed(all.length)
  const tried = new Set<string>()
  let first = 0
  let left = definite.length
  let deepest: { readonly left: number, readonly state: State, readonly candidates: readonly Operation[] } | undefined

  const flip = (index: number): void => {
    placed.flip(index)
    if (index >= definite.length) return
    left += placed.has(index) ? -1 : 1
    if (index <= first) for (first = Math.min(first, index); first < definite.length && placed.has(first); first++);
  }

  /** Those that may come next: none that began after another, which hasn't taken place, had ended. The unknown ones come last. */
  const candidatesNow = (): number[] => {
    const candidates: number[] = []
    let end = Infinity
    for (let i = first; i < definite.length; i++) {
      const operation = definite[i]
      if (operation === undefined || operation.start > end) break
      if (placed.has(i)) continue
      end = Math.min(end, operation.end)
      candidates.push(i)
    }
    const possible = candidates.filter((i) => (definite[i]?.start ?? Infinity) <= end)
    for (let i = 0; i < unknown.length && (unknown[i]?.start ?? Infinity) <= end; i++) {
      if (!placed.has(definite.length + i)) possible.push(definite.length + i)
    }
    return possible
  }

  /** Places at once what fits and changes nothing: to wait with it could never help. */
  const settle = (state: State, by: readonly number[]): Choice => {
    const settled = [...by]
    for (;;) {
      const candidates = candidatesNow()
      const fitting = candidates.filter((i) => { const one = all[i]; return one !== undefined && changesNothing(one) && after(one, state) !== undefined })
      if (fitting.length === 0) {
        if (deepest === undefined || left < deepest.left) deepest = { left, state, candidates: candidates.flatMap((i) => all[i] ?? []) }
        return { state, candidates, next: 0, placed: settled }
      }
      for (const i of fitting) {
        flip(i)
        settled.unshift(i)
      }
    }
  }

  const stack = [settle(initialState, [])]
  for (let steps = 1; left > 0; steps++) {
    if ((steps & 255) === 0 && performance.now() > until) return { kind: 'out-of-time' }
    const choice = stack.at(-1)
    if (choice === undefined) return { kind: 'not-linearizable', stuckAt: deepest?.state ?? initialState, candidates: deepest?.candidates ?? [] }
    const index = choice.candidates[choice.next++]
    const operation = index === undefined ? undefined : all[index]
    if (index === undefined || operation === undefined) {
      stack.pop()
      for (const i of choice.placed) flip(i)
      continue
    }
    const state = after(operation, choice.state)
    if (state === undefined) continue
    flip(index)
    const key = `${placed.key} ${stateKey(state)}`
    if (tried.has(key)) {
      flip(index)
      continue
    }
    tried.add(key)
    stack.push(settle(state, [index]))
  }
  return { kind: 'linearizable' }
}
