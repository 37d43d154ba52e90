import { diff, type Change } from '../merge/diff.js'
import { jsonEquals, type JsonObject } from '../merge/json.js'
import { threeWayMerge, type MergeConflict } from '../merge/three-way-merge.js'
import type { KeptVersion } from '../versioned-store/history.js'
import type { Current, VersionedDocument } from '../versioned-store/versioned.js'
import type { RequestedChange } from './combine-edits.js'
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
  readonly resource: Resource
  /** A document as a GET by this client shows it. */
  readonly show: (document: VersionedDocument<JsonObject>) => JsonObject
  /** The version that the client edited. */
  readonly yourVersion: number | null
  readonly current: Current<JsonObject>
  /** The versions of the document from the current one back to the client's, as far as history holds them. */
  readonly versions: readonly KeptVersion<JsonObject>[]
  /** What the request makes of a document; undefined for a delete, which is never merged. */
  readonly change: RequestedChange | undefined
  /** Whether the precondition lets the version that the client edited be the base of a merge: a weak entity-tag never does. */
  readonly isMergeBase: boolean
}

const versionOf = ({ state }: KeptVersion<unknown>): number => state.kind === 'document' ? state.document.version : state.tombstone.version
const dateOf = ({ state }: KeptVersion<unknown>): string => (state.kind === 'document' ? state.document.updatedAt : state.tombstone.deletedAt).toISOString()

const isPart = (pointer: string, whole: string): boolean => pointer[whole.length] === '/' && pointer.startsWith(whole)

const isWithin = (pointer: string, other: string): boolean => pointer === other || isPart(pointer, other) || isPart(other, pointer)

/** A version, and where it differs from the one before. */
interface Step {
  readonly made: KeptVersion<JsonObject>
  readonly pointers: readonly string[]
}

/** Where documents differ from the version before; kept since many conflicts at once tell of the same versions. */
const differing = new WeakMap<VersionedDocument<JsonObject>, { readonly before: VersionedDocument<JsonObject>, readonly pointers: readonly string[] }>()

const pointersBetween = (before: VersionedDocument<JsonObject>, made: VersionedDocument<JsonObject>, { mergeRules }: Resource): readonly string[] => {
  const known = differing.get(made)
  if (known?.before === before) return known.pointers
  const pointers = diff(before.content, made.content, mergeRules).map(({ pointer }) => pointer)
  differing.set(made, { before, pointers })
  return pointers
}

/** What each version changed of the one before, of those from the current one back to the base; the latest first. */
const stepsOf = (versions: readonly KeptVersion<JsonObject>[], resource: Resource): Step[] => versions.slice(0, -1).map((made, i) => {
  const before = versions[i + 1]?.state
  if (made.state.kind !== 'document' || before?.kind !== 'document') return { made, pointers: [''] }
  return { made, pointers: pointersBetween(before.document, made.state.document, resource) }
})

const attribute = (change: Change, steps: readonly Step[], current: KeptVersion<JsonObject>): AttributedChange => {
  const made = steps.find(({ pointers }) => pointers.some((pointer) => isWithin(pointer, change.pointer)))?.made ?? current
  return { ...change, version: versionOf(made), at: dateOf(made), ...(made.by !== undefined && { by: made.by }) }
}

const shownContent = (shown: JsonObject): JsonObject => Object.fromEntries(Object.entries(shown).filter(([field]) => !isServiceField(field)))

/** Members that show values of the stored document. */
const valueMembers: readonly string[] = ['changes', 'conflicts', 'merged']

/**
 * The members of a 409 that say what changed since the client's version, where that clashes with what the client sent, and
 * whether the two could be merged; `historyTruncated: true` where the client's version is no longer kept. Where the resource
 * doesn't show the current document, its values aren't shown either.
 */
export const conflictReport = (source: ConflictSource): Record<string, unknown> => {
  const report = reportOf(source)
  return source.resource.showCurrent === false ? Object.fromEntries(Object.entries(report).filter(([member]) => !valueMembers.includes(member))) : report
}

const reportOf = (source: ConflictSource): Record<string, unknown> => {
  const { resource, show, yourVersion, current, versions: kept, change } = source
  if (yourVersion === null || current.kind === 'missing') return {}
  const currentVersion = current.kind === 'document' ? current.document.version : current.tombstone.version
  const versions = kept.filter((version) => versionOf(version) <= currentVersion)
  const [newest] = versions
  const base = versions.at(-1)
  if (newest === undefined || base === undefined || versionOf(base) !== yourVersion || base.state.kind !== 'document') return { historyTruncated: true, ...(current.kind === 'tombstone' && { mergeable: false }) }
  const steps = stepsOf(versions, resource)
  const from = shownContent(show(base.state.document))
  if (current.kind === 'tombstone') return { changes: [attribute({ pointer: '', from }, steps, newest)], ...(change && { conflicts: clashWithDelete(source, change, base.state.document, from) }), mergeable: false }
  const to = shownContent(show(current.document))
  const changes = diff(from, to, resource.mergeRules).map((change) => attribute(change, steps, newest))
  if (change === undefined) return { changes, mergeable: false }
  return { changes, ...clashes(source, change, { document: base.state.document, shown: from }, { document: current.document, shown: to }) }
}

/** A version of a document, and its content as a GET shows it. */
interface Side {
  readonly document: VersionedDocument<JsonObject>
  readonly shown: JsonObject
}

/** Conflicts are those of what a GET shows: a field that it leaves out may clash too, which is no merge, but isn't told. */
const clashes = ({ resource, show, isMergeBase }: ConflictSource, { combine }: RequestedChange, base: Side, theirs: Side): Record<string, unknown> => {
  try {
    const { yours, merged, conflicts, broken } = combine(base.document, theirs.document)
    const hidesNothing = jsonEquals(base.shown, base.document.content) && jsonEquals(theirs.shown, theirs.document.content)
    const shownConflicts = () => hidesNothing ? conflicts : threeWayMerge(base.shown, theirs.shown, shownContent(show({ ...base.document, content: yours })), resource.mergeRules).conflicts
    const partly = conflicts.length > 0 && !jsonEquals(merged, theirs.document.content)
    return {
      conflicts: conflicts.length === 0 ? [] : shownConflicts(),
      mergeable: isMergeBase && conflicts.length === 0 && broken.length === 0,
      ...(broken.length > 0 && { mergeErrors: broken }),
      ...(partly && { merged: show({ ...theirs.document, content: merged }) }),
      ...(jsonEquals(yours, theirs.document.content) && { alreadyApplied: true })
    }
  } catch {
    // What the request would not even have made of its base can't be merged.
    return { conflicts: [], mergeable: false }
  }
}

/** A change of what somebody else has deleted clashes as a whole, unless it changed nothing. */
const clashWithDelete = ({ show }: ConflictSource, { apply }: RequestedChange, base: VersionedDocument<JsonObject>, from: JsonObject): MergeConflict[] => {
  try {
    const yours = shownContent(show({ ...base, content: apply(base) }))
    return jsonEquals(yours, from) ? [] : [{ pointer: '', base: from, yours }]
  } catch {
    return []
  }
}

const shown = new WeakMap<VersionedDocument<JsonObject>, JsonObject>()

/** A document as the serializer of a GET shows it, so that a reply by another way shows no field that a GET leaves out. */
export const shownBy = (jsonOf: (document: VersionedDocument<JsonObject>) => string) => (document: VersionedDocument<JsonObject>): JsonObject => {
  const before = shown.get(document)
  if (before !== undefined) return before
  const made = JSON.parse(jsonOf(document)) as JsonObject
  shown.set(document, made)
  return made
}
