import type { FastifyRequest } from 'fastify'
import { diff, type Change } from '../merge/diff.js'
import { jsonEquals, type JsonObject } from '../merge/json.js'
import type { KeptVersion } from '../versioned-store/history.js'
import type { Current, VersionedDocument } from '../versioned-store/versioned.js'
import { combineEdits, type Apply } from './combine-edits.js'
import { represent } from './represent.js'
import type { Resource } from './resource.js'
import { isServiceField } from './service-fields.js'

/** A change since the client's version, with the last version that made it. */
interface AttributedChange extends Change {
  readonly version: number
  readonly at: string
  readonly by?: string
}

/** What is needed to tell how a request and the stored document came apart. */
export interface ConflictSource {
  readonly request: FastifyRequest
  readonly resource: Resource
  /** A document as a GET by this client shows it. */
  readonly show: (document: VersionedDocument<JsonObject>) => JsonObject
  /** The version that the client edited. */
  readonly yourVersion: number | null
  readonly current: Current<JsonObject>
  /** The versions of the document from the current one back to the client's, as far as history holds them. */
  readonly versions: readonly KeptVersion<JsonObject>[]
  /** What the request makes of a document; undefined for a delete, which is never merged. */
  readonly apply: Apply | undefined
}

const versionOf = ({ state }: KeptVersion<unknown>): number => state.kind === 'document' ? state.document.version : state.tombstone.version
const dateOf = ({ state }: KeptVersion<unknown>): string => (state.kind === 'document' ? state.document.updatedAt : state.tombstone.deletedAt).toISOString()

const isWithin = (pointer: string, other: string): boolean => pointer === other || pointer.startsWith(`${other}/`) || other.startsWith(`${pointer}/`)

/** Which version, of those from the current one back to the base, changed the value at `pointer` last. */
const lastChange = (pointer: string, versions: readonly KeptVersion<JsonObject>[], { mergeRules }: Resource): KeptVersion<JsonObject> | undefined =>
  versions.find(({ state }, i) => {
    const before = versions[i + 1]?.state
    if (before === undefined) return false
    if (state.kind !== 'document' || before.kind !== 'document') return true
    return diff(before.document.content, state.document.content, mergeRules).some((change) => isWithin(change.pointer, pointer))
  })

const attribute = (change: Change, versions: readonly KeptVersion<JsonObject>[], resource: Resource): AttributedChange => {
  const [latest] = versions
  const last = versions.length === 2 ? latest : lastChange(change.pointer, versions, resource) ?? latest
  return { ...change, version: last ? versionOf(last) : 0, at: last ? dateOf(last) : '', ...(last?.by !== undefined && { by: last.by }) }
}

const shownContent = (shown: JsonObject): JsonObject => Object.fromEntries(Object.entries(shown).filter(([field]) => !isServiceField(field)))

/**
 * The members of a 409 that say what changed since the client's version, where that clashes with what the client sent, and
 * whether the two could be merged; `historyTruncated: true` where the client's version is no longer kept.
 */
export const conflictReport = ({ request, resource, show, yourVersion, current, versions: kept, apply }: ConflictSource): Record<string, unknown> => {
  if (yourVersion === null || current.kind === 'missing') return {}
  const currentVersion = current.kind === 'document' ? current.document.version : current.tombstone.version
  const versions = kept.filter((version) => versionOf(version) <= currentVersion)
  const base = versions.at(-1)
  if (base === undefined || versionOf(base) !== yourVersion || base.state.kind !== 'document') return { historyTruncated: true, ...(current.kind === 'tombstone' && { mergeable: false }) }
  const from = shownContent(show(base.state.document))
  if (current.kind === 'tombstone') return { changes: [attribute({ pointer: '', from }, versions, resource)], mergeable: false }
  const changes = diff(from, shownContent(show(current.document)), resource.mergeRules).map((change) => attribute(change, versions, resource))
  if (apply === undefined) return { changes, mergeable: false }
  return { changes, ...clashes(request, resource, show, apply, base.state.document, current.document) }
}

const clashes = (request: FastifyRequest, resource: Resource, show: ConflictSource['show'], apply: Apply, base: VersionedDocument<JsonObject>, theirs: VersionedDocument<JsonObject>): Record<string, unknown> => {
  try {
    const { merged, conflicts, broken } = combineEdits(request, resource, apply, base, theirs)
    const partly = conflicts.length > 0 && !jsonEquals(merged, theirs.content)
    return {
      conflicts,
      mergeable: conflicts.length === 0 && broken.length === 0,
      ...(broken.length > 0 && { mergeErrors: broken }),
      ...(partly && { merged: show({ ...theirs, content: merged }) })
    }
  } catch {
    // What the request would not even have made of its base can't be merged.
    return { conflicts: [], mergeable: false }
  }
}

/** A document as the serializer of a GET shows it, so that a reply by another way shows no field that a GET leaves out. */
export const shownBy = (serialize: (document: JsonObject) => string) => (document: VersionedDocument<JsonObject>): JsonObject =>
  JSON.parse(serialize(represent(document))) as JsonObject
