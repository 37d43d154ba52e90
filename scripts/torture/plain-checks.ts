import type { Content, Operation, Seen, Violation } from './history.js'
import type { Hold, RunRecord } from './record.js'

/** Operations by the document that they are on. */
export const byDocument = (operations: readonly Operation[]): Map<string, Operation[]> => {
  const documents = new Map<string, Operation[]>()
  for (const operation of operations) {
    const known = documents.get(operation.document)
    if (known === undefined) documents.set(operation.document, [operation])
    else known.push(operation)
  }
  return documents
}

const seenBy = ({ result }: Operation): Seen | undefined => result.kind === 'ok' || result.kind === 'refused' ? result.seen : undefined
const contentText = ({ title, body, status }: Content): string => JSON.stringify([title, body, status])
const isDoneWrite = ({ call, result }: Operation): boolean => call.kind === 'write' && result.kind === 'ok'

/** Whether a write may have been a success that changed nothing, which names the version that was there before. */
const mayKeep = ({ call }: Operation, version: number): boolean =>
  call.kind === 'write' && (call.base !== undefined || (call.condition.kind === 'versions' && call.condition.versions.includes(version)))

/** Whether a write under `*` may have found what it sets already there, as one that is sent again after its answer was lost. */
const mayFind = ({ call }: Operation, there: Seen | undefined): boolean => {
  if (call.kind !== 'write' || call.condition.kind !== 'any' || (call.verb !== 'put' && call.verb !== 'patch') || there?.kind !== 'document' || there.content === undefined) return false
  const { title = there.content.title, body = there.content.body } = call
  return title === there.content.title && body === there.content.body
}

/** Each version was acknowledged to one write only. */
const versionsOnce = (document: string, operations: readonly Operation[]): Violation[] => {
  const by = new Map<number, Operation>()
  return operations.filter(isDoneWrite).flatMap((operation): Violation[] => {
    const seen = seenBy(operation)
    if (seen === undefined || seen.kind === 'missing' || mayKeep(operation, seen.version)) return []
    const other = by.get(seen.version)
    by.set(seen.version, operation)
    return other === undefined || mayFind(operation, seenBy(other)) || mayFind(other, seen) ? [] : [{ name: 'version-twice', document, sentence: `version ${seen.version} was acknowledged to client ${other.client} (operation ${other.id}) and to client ${operation.client} (operation ${operation.id})` }]
  })
}

/** One version has one content, whoever is shown it. */
const contentsOnce = (document: string, operations: readonly Operation[]): Violation[] => {
  const contents = new Map<number, { readonly text: string, readonly operation: Operation }>()
  const told = new Set<number>()
  return operations.flatMap((operation): Violation[] => {
    const seen = seenBy(operation)
    if (seen === undefined || seen.kind === 'missing' || (seen.kind === 'document' && seen.content === undefined)) return []
    const text = seen.kind === 'deleted' ? 'deleted' : contentText(seen.content ?? { title: '', body: '', status: '' })
    const known = contents.get(seen.version)
    if (known === undefined) contents.set(seen.version, { text, operation })
    if (known === undefined || known.text === text || told.has(seen.version)) return []
    told.add(seen.version)
    return [{ name: 'two-contents', document, sentence: `version ${seen.version} was shown as ${known.text} (operation ${known.operation.id}) and as ${text} (operation ${operation.id})` }]
  })
}

/** What a refused write would have stored is never shown: its texts are nobody else's. */
const refusedStaysUndone = (document: string, operations: readonly Operation[]): Violation[] => {
  const textsOf = ({ call }: Operation): string[] => call.kind === 'write' ? [call.title, call.body].flatMap((text) => text ?? []) : []
  const undone = new Map<string, Operation>()
  const maybeDone = new Set<string>()
  for (const operation of operations) {
    for (const text of textsOf(operation)) {
      if (operation.result.kind === 'ok' || operation.result.kind === 'unknown') maybeDone.add(text)
      else undone.set(text, operation)
    }
  }
  const told = new Set<string>()
  return operations.flatMap((operation) => {
    const seen = seenBy(operation)
    if (seen?.kind !== 'document' || seen.content === undefined) return []
    return [seen.content.title, seen.content.body].flatMap((text): Violation[] => {
      const refused = undone.get(text)
      if (refused === undefined || maybeDone.has(text) || told.has(text)) return []
      told.add(text)
      return [{ name: 'refused-yet-done', document, sentence: `operation ${refused.id} of client ${refused.client} was ${refused.result.kind}, and version ${seen.version} holds what it sent (operation ${operation.id})` }]
    })
  })
}

/** Every version up to the last one was made by a write that was acknowledged, or by one whose answer was lost. */
const gapsExplained = (document: string, operations: readonly Operation[]): Violation[] => {
  const versions = new Set(operations.filter(isDoneWrite).flatMap((operation) => { const seen = seenBy(operation); return seen === undefined || seen.kind === 'missing' ? [] : [seen.version] }))
  const last = Math.max(0, ...operations.flatMap((operation) => { const seen = seenBy(operation); return seen === undefined || seen.kind === 'missing' ? [] : [seen.version] }))
  const missing = Array.from({ length: last }, (_, i) => i + 1).filter((version) => !versions.has(version))
  const unknown = operations.filter(({ call, result }) => call.kind === 'write' && result.kind === 'unknown').length
  return missing.length <= unknown ? [] : [{ name: 'gap', document, sentence: `nobody made the versions ${missing.slice(0, 10).join(', ')} of ${last}: ${missing.length} are missing, and only ${unknown} answers were lost` }]
}

const ledgersComplete = ({ lines, endState }: RunRecord): Violation[] => lines.flatMap(({ document, line, outcome }): Violation[] => {
  const count = (endState.ledgers[document] ?? '').split('\n').filter((stored) => stored === line).length
  if (outcome === 'done' && count === 0) return [{ name: 'lost-update', document, sentence: `line ${line} was acknowledged, and is not in the document at the end` }]
  if (outcome === 'not-done' && count > 0) return [{ name: 'refused-yet-done', document, sentence: `line ${line} was refused, and is in the document at the end` }]
  return count > 1 ? [{ name: 'done-twice', document, sentence: `line ${line} is in the document ${count} times` }] : []
})

const keysOnce = ({ creations, endState }: RunRecord): Violation[] => creations.flatMap(({ title, ids, outcome }): Violation[] => {
  const stored = endState.created[title] ?? []
  if (ids.length > 1 || stored.length > 1) return [{ name: 'key-done-twice', sentence: `the POST with key ${title} made ${Math.max(ids.length, stored.length)} documents: ${[...new Set([...ids, ...stored])].join(', ')}` }]
  if (outcome === 'done' && stored.length === 0) return [{ name: 'lost-update', sentence: `the POST with key ${title} was acknowledged, and its document is not there` }]
  return outcome === 'not-done' && stored.length > 0 ? [{ name: 'refused-yet-done', sentence: `the POST with key ${title} was not done, and its document is there` }] : []
})

const valuesUnique = (holds: readonly Hold[]): Violation[] => {
  const sorted = [...holds].sort((a, b) => a.value < b.value ? -1 : a.value > b.value ? 1 : a.from - b.from)
  return sorted.flatMap((hold, i): Violation[] => {
    const before = sorted[i - 1]
    return before === undefined || before.value !== hold.value || (before.until ?? Infinity) <= hold.from
      ? []
      : [{ name: 'unique-twice', sentence: `${hold.value} was held by ${before.document} and ${hold.document} at once` }]
  })
}

const revisionsComplete = ({ endState }: RunRecord): Violation[] => Object.entries(endState.revisions).flatMap(([document, { current, versions }]): Violation[] => {
  const gap = versions.findIndex((version, i) => version !== current - i)
  const expected = Math.min(current, 20)
  if (gap >= 0) return [{ name: 'revision-missing', document, sentence: `its revisions go from ${String(versions[gap - 1] ?? current + 1)} to ${String(versions[gap])}` }]
  return versions.length < expected ? [{ name: 'revision-missing', document, sentence: `it has ${versions.length} revisions, and is at version ${current}` }] : []
})

/** What the operations on one document show, without a search. */
export const checkOperations = (document: string, operations: readonly Operation[]): Violation[] =>
  [versionsOnce, contentsOnce, refusedStaysUndone, gapsExplained].flatMap((check) => check(document, operations))

/** Checks that anyone can follow, without a search. */
export const plainChecks = (run: RunRecord): Violation[] => [
  ...run.found,
  ...[...byDocument(run.operations)].flatMap(([document, operations]) => checkOperations(document, operations)),
  ...ledgersComplete(run),
  ...keysOnce(run),
  ...valuesUnique(run.holds),
  ...revisionsComplete(run)
]
