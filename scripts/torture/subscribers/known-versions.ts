import type { Operation } from '../history.js'
import type { KeyedCreation } from '../record.js'

/** An answer that shows a version of a document, which it had at a moment after `start`. */
export interface Shown {
  readonly operation: number | undefined
  readonly start: number
  readonly version: number
  /** Whether the operation itself made this version. */
  readonly made: boolean
}

/** What a version is, where an answer says so: its texts and its status by their names, or that it was deleted. */
export type KnownState = { readonly deleted: true } | { readonly deleted: false, readonly content?: Readonly<Record<string, string>> | undefined }

/** What the answers say of the versions of one document. */
export interface KnownVersions {
  readonly shown: readonly Shown[]
  /** The last version that anybody was shown. */
  readonly last: number
  readonly states: ReadonlyMap<number, KnownState>
}

/** Whether a success may have changed nothing, and so names a version that was there before: what it sent can have been stored already. */
const mayKeep = ({ call }: Operation, version: number): boolean => {
  if (call.kind === 'read') return true
  const { verb, base, condition } = call
  return base !== undefined || (condition.kind === 'versions' && condition.versions.includes(version)) || (condition.kind === 'any' && (verb === 'put' || verb === 'patch'))
}

/** By document. `operations` as they are held against what a read promises. */
export const knownVersions = (operations: readonly Operation[], creations: readonly KeyedCreation[]): Map<string, KnownVersions> => {
  const documents = new Map<string, { shown: Shown[], last: number, states: Map<number, KnownState> }>()
  const of = (document: string) => {
    const known = documents.get(document) ?? { shown: [], last: 0, states: new Map<number, KnownState>() }
    documents.set(document, known)
    return known
  }
  for (const operation of operations) {
    const { id, document, result, start } = operation
    if (result.kind !== 'ok' && result.kind !== 'refused') continue
    const { seen } = result
    const known = of(document)
    const version = seen.kind === 'missing' ? 0 : seen.version
    known.shown.push({ operation: id, start, version, made: result.kind === 'ok' && !mayKeep(operation, version) })
    known.last = Math.max(known.last, version)
    if (seen.kind === 'deleted') known.states.set(version, { deleted: true })
    if (seen.kind === 'document' && seen.content !== undefined) known.states.set(version, { deleted: false, content: { ...seen.content } })
    if (seen.kind === 'document' && !known.states.has(version)) known.states.set(version, { deleted: false })
  }
  for (const { ids, start } of creations) {
    for (const id of ids) {
      const known = of(id)
      known.shown.push({ operation: undefined, start, version: 1, made: true })
      known.last = Math.max(known.last, 1)
    }
  }
  return documents
}

/** The first version that certainly was made after a time; Infinity where none is known to be. */
export const madeAfter = ({ shown }: KnownVersions, at: number): number =>
  shown.reduce((least, { start, version, made }) => start <= at ? least : Math.min(least, made ? version : version + 1), Infinity)
