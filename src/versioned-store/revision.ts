import { getMember, jsonEquals, setMember, type Json, type JsonDraft, type JsonObject } from '../merge/json.js'
import type { Current, Tombstone, VersionedDocument } from './versioned.js'

/** What made a version. */
export type RevisionKind = 'created' | 'updated' | 'deleted'

/** Who made a version, and by which write. */
export interface Authorship {
  /** Who it was, where the service knows. */
  readonly by?: string
  /** Id of the write. */
  readonly write: string
  /** Set where the version made a document of an id that had none. */
  readonly created?: true
}

/**
 * What is kept of an earlier version, so that it can be had back from the version after it: the values that the next change took
 * away (`set`) and the fields that it brought (`unset`), or the whole `content` where the next change was a delete. A version
 * that was itself a delete has none of these.
 */
export interface Revision<C> extends Authorship {
  readonly version: number
  readonly at: Date
  readonly deleted?: true
  readonly content?: C
  readonly createdAt?: Date
  readonly set?: JsonObject
  readonly unset?: readonly string[]
}

type Existing<C> = Exclude<Current<C>, { kind: 'missing' }>

const changedValues = (before: JsonObject, after: JsonObject): Pick<Revision<never>, 'set' | 'unset'> => {
  const set: JsonDraft = {}
  for (const name of Object.keys(before)) {
    const value = getMember(before, name)
    if (value !== undefined && !jsonEquals(value, getMember(after, name))) setMember(set, name, value)
  }
  const unset = Object.keys(after).filter((name) => !Object.hasOwn(before, name))
  return { ...(Object.keys(set).length > 0 && { set }), ...(unset.length > 0 && { unset }) }
}

/** What to keep of `base` when it becomes `next`. Pure. */
export const revisionOf = <C extends JsonObject>(base: Existing<C>, authorship: Authorship, next: Existing<C>): Revision<C> => {
  if (base.kind === 'tombstone') return { version: base.tombstone.version, at: base.tombstone.deletedAt, ...authorship, deleted: true }
  const { version, updatedAt, createdAt, content } = base.document
  const kept = next.kind === 'document' ? changedValues(content, next.document.content) : { content, createdAt }
  return { version, at: updatedAt, ...authorship, ...kept }
}

const contentBefore = <C extends JsonObject>(content: C, { set = {}, unset = [] }: Revision<C>): C => {
  const before: JsonDraft = {}
  for (const [name, value] of Object.entries<Json>(content)) if (!unset.includes(name) && !Object.hasOwn(set, name)) setMember(before, name, value)
  for (const [name, value] of Object.entries<Json>(set)) setMember(before, name, value)
  // What was stored was a content too, and this is just that.
  return before as C
}

/** The state before `next`, by its revision; undefined where the revision isn't that of the version before. Pure. */
export const stateBefore = <C extends JsonObject>(next: Existing<C>, revision: Revision<C>): Existing<C> | undefined => {
  const after: VersionedDocument<C> | Tombstone = next.kind === 'document' ? next.document : next.tombstone
  const { version, at } = revision
  if (version !== after.version - 1) return undefined
  if (revision.deleted) return { kind: 'tombstone', tombstone: { id: after.id, version, deletedAt: at } }
  if (revision.content !== undefined) return { kind: 'document', document: { id: after.id, version, createdAt: revision.createdAt ?? at, updatedAt: at, content: revision.content } }
  if (next.kind !== 'document') return undefined
  return { kind: 'document', document: { ...next.document, version, updatedAt: at, content: contentBefore(next.document.content, revision) } }
}

export const revisionKind = ({ deleted, created }: Pick<Revision<unknown>, 'deleted' | 'created'>): RevisionKind => deleted ? 'deleted' : created ? 'created' : 'updated'
