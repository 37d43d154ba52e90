import type { Edit, Finding, Version } from './finding.js'
import type { DocumentHistory, EditRecord, LastContent } from './history.js'

/** A finding, and what tells it from others of its kind and document. */
export interface KeyedFinding { readonly finding: Finding, readonly key: string }

/** What the last content of a document shows of all its edits: those lost, those applied though refused, and versions that nobody asked for. */
export const judgeEnd = (history: DocumentHistory, { document, version }: LastContent, sections: readonly (readonly string[])[]): readonly KeyedFinding[] => {
  const past = marksOfPast(history, sections)
  const edits = [...history.edits.values()]
  const acknowledged = edits.filter(({ outcome }) => outcome === 'acknowledged')
  const order = { acknowledged, byBase: groupBy(acknowledged, ({ base }) => base.key), byVersion: groupBy(acknowledged, ({ version }) => version?.key) }
  const refusedApplied = edits.filter(({ outcome, mark }) => outcome === 'refused' && past.has(mark))
  const silent = refusedApplied.length + edits.filter((edit) => edit.outcome === 'unknown' || (edit.outcome === 'acknowledged' && edit.version === undefined)).length
  return [
    ...acknowledged.filter(({ mark }) => !past.has(mark)).map((edit): KeyedFinding => {
      const other = whatOverwrote(edit, order)
      return { finding: { kind: 'lost', document, versions: [], edits: other === undefined ? [edit] : [edit, other] }, key: edit.mark }
    }),
    ...refusedApplied.map((edit): KeyedFinding => ({ finding: { kind: 'refused-applied', document, versions: [], edits: [edit] }, key: edit.mark })),
    ...unaskedVersions(history, version, silent).map(({ version, edits }): KeyedFinding =>
      ({ finding: { kind: 'doubled', document, versions: [version], edits }, key: `version ${version}` }))
  ]
}

/** How many of the first `before` acknowledged edits are no part of the past of a content with these sections. */
export const missingFrom = (history: DocumentHistory, sections: readonly (readonly string[])[], before: number): number => {
  const past = marksOfPast(history, sections)
  let missing = 0
  for (const { mark, acknowledgedAs } of history.edits.values()) {
    if (acknowledgedAs !== undefined && acknowledgedAs < before && !past.has(mark)) missing++
  }
  return missing
}

/** Every mark that the last content follows on, by the parents of the last mark in each section. */
const marksOfPast = (history: DocumentHistory, sections: readonly (readonly string[])[]): ReadonlySet<string> => {
  const past = new Set<string>()
  for (const section of sections) {
    let mark = section.at(-1)
    while (mark !== undefined && !past.has(mark)) {
      past.add(mark)
      mark = history.edits.get(mark)?.parent
    }
  }
  return past
}

/** The acknowledged edits of a document, and the same by base and by version. */
interface Acknowledged {
  readonly acknowledged: readonly EditRecord[]
  readonly byBase: ReadonlyMap<string | undefined, readonly EditRecord[]>
  readonly byVersion: ReadonlyMap<string | undefined, readonly EditRecord[]>
}

/** The edit that took `edit` away, as far as acknowledgements tell: one made on the same version, or on one without `edit`. */
const whatOverwrote = (edit: EditRecord, { acknowledged, byBase, byVersion }: Acknowledged): Edit | undefined => {
  const after = (other: EditRecord) => (other.acknowledgedAs ?? 0) > (edit.acknowledgedAs ?? 0)
  const sameBase = byBase.get(edit.base.key)?.filter((other) => other !== edit) ?? []
  const sameVersion = edit.version === undefined ? undefined : byVersion.get(edit.version.key)?.find((other) => other !== edit)
  return sameBase.find(after) ?? sameBase[0] ?? sameVersion ?? acknowledged.find((other) => after(other) &&
    other.base.number !== undefined && edit.version?.number !== undefined && other.base.number < edit.version.number)
}

/**
 * Versions that no edit asked for, each with the edit that left it and the one after. A version that was shown with the same marks
 * as another one, and that no acknowledgement names; and, where versions are integers that go up by one, each number that none names.
 * Edits that may have been applied without an acknowledgement, `silent`, may explain as many as there are.
 */
const unaskedVersions = (history: DocumentHistory, last: Version, silent: number): readonly { version: string, edits: readonly Edit[] }[] => {
  const unasked = new Map<string, readonly Edit[]>()
  const edits = (...keys: readonly string[]) => keys.map((key) => history.acknowledged.get(key)).filter((edit) => edit !== undefined)
  for (const versions of history.versionsByMarks.values()) {
    if (versions.length < 2) continue
    for (const { key } of versions) {
      if (!history.acknowledged.has(key) && key !== history.initial.key) unasked.set(key, edits(...versions.map((version) => version.key)))
    }
  }
  for (const number of missingNumbers(history, last, silent)) {
    const [before, at, after] = [number - 1, number, number + 1].map(String) as [string, string, string]
    const leapt = history.acknowledged.get(after)?.base.key === before
    unasked.set(at, leapt ? edits(after) : edits(before, after))
  }
  return [...unasked].map(([version, edits]) => ({ version, edits }))
}

/** The numbers between the first and the last version that no edit has; empty where `silent` edits may have them, or where versions don't go up by one. */
const missingNumbers = ({ initial, acknowledged }: DocumentHistory, last: Version, silent: number): readonly number[] => {
  if (initial.number === undefined || last.number === undefined) return []
  const { number: first } = initial
  const { number: end } = last
  const numbers = new Set([...acknowledged.values()].map(({ version }) => version?.number).filter((number) => number !== undefined && number > first && number <= end))
  const missing = end - first - numbers.size
  if (missing <= silent || numbers.size <= missing) return []
  return Array.from({ length: end - first }, (_, at) => first + 1 + at).filter((number) => !numbers.has(number))
}

const groupBy = (edits: readonly EditRecord[], keyOf: (edit: EditRecord) => string | undefined): ReadonlyMap<string | undefined, readonly EditRecord[]> => {
  const groups = new Map<string | undefined, EditRecord[]>()
  for (const edit of edits) {
    const group = groups.get(keyOf(edit))
    if (group === undefined) groups.set(keyOf(edit), [edit])
    else group.push(edit)
  }
  return groups
}
