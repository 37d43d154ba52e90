import { getMember, jsonEquals, type JsonObject } from '../merge/json.js'
import type { Current, Tombstone, VersionedDocument } from './versioned.js'
import type { Permission, Write, WriteCondition } from './write.js'

/**
 * What a write makes of one state of its id, the base.
 * - `store`, `bury`: the document, or the tombstone, that it becomes.
 * - `erase`: the tombstone that it becomes, without all that is kept of the versions before.
 * - `keep`: the change changes nothing.
 * - `refuse`: the condition doesn't hold for it.
 * - `throw`: the change itself refuses this base.
 */
export type Decision<C> =
  | { readonly kind: 'store', readonly document: VersionedDocument<C>, readonly merged: boolean }
  | { readonly kind: 'bury', readonly tombstone: Tombstone, readonly createdAt: Date }
  | { readonly kind: 'erase', readonly tombstone: Tombstone }
  | { readonly kind: 'keep', readonly document: VersionedDocument<C>, readonly merged: boolean }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'throw', readonly error: unknown }

/** Whether the condition holds for a state. */
export const conditionHolds = <C>(condition: WriteCondition<C>, current: Current<C>): boolean => {
  if (condition.kind === 'stored') return current.kind !== 'missing'
  if (condition.kind === 'absent') return current.kind !== 'document'
  if (condition.kind === 'buried') return current.kind === 'tombstone' && current.tombstone.version === condition.version
  if (current.kind !== 'document') return false
  if (condition.kind === 'one-of' && !condition.versions.includes(current.document.version)) return false
  return condition.holds?.(current.document) ?? true
}

/** Whether this document may be written; nothing is asked of an id that has none. */
export const isPermitted = <C extends JsonObject>(permission: Permission<C> | undefined, current: Current<C>): boolean => {
  if (permission === undefined || current.kind !== 'document') return true
  const { equals, permits } = permission
  if (equals !== undefined && getMember(current.document.content, equals.field) !== equals.value) return false
  return permits?.(current.document) ?? true
}

/** Whether a write that meets this state should combine its change with those that were made since its base. */
export const asksToMerge = <C>({ condition, merge }: Write<C>, current: Current<C>): boolean =>
  merge !== undefined && current.kind === 'document' && current.document.version > merge.base && !conditionHolds(condition, current)

const contentOn = <C>({ change, merge }: Write<C>, base: VersionedDocument<C>, ancestor: VersionedDocument<C> | undefined): C | undefined => {
  if (ancestor !== undefined) return merge?.combine(ancestor, base)
  return change.kind === 'replace' ? change.next(base) : undefined
}

const latest = (a: Date, b: Date): Date => a < b ? b : a

/**
 * Pure: the state, the write and the time in, what to do out. Times never go back within a document, whatever the clock does.
 * `ancestor` is the base of a merge, where the write asks for one.
 */
export const decide = <C extends JsonObject>(write: Write<C>, current: Current<C>, now: Date, ancestor?: VersionedDocument<C>): Decision<C> => {
  const { id, condition, change, permission } = write
  if (!isPermitted(permission, current)) return { kind: 'refuse' }
  const merged = ancestor !== undefined && asksToMerge(write, current)
  if (!merged && !conditionHolds(condition, current)) return { kind: 'refuse' }
  if (change.kind === 'create') {
    if (current.kind === 'document') return { kind: 'refuse' }
    const [version, at] = current.kind === 'tombstone' ? [current.tombstone.version + 1, latest(now, current.tombstone.deletedAt)] : [1, now]
    return { kind: 'store', document: { id, version, createdAt: change.createdAt ?? at, updatedAt: at, content: change.content }, merged }
  }
  if (change.kind === 'erase' && current.kind === 'tombstone') return { kind: 'erase', tombstone: { ...current.tombstone, version: current.tombstone.version + 1 } }
  if (current.kind !== 'document') return { kind: 'refuse' }
  const base = current.document
  const version = base.version + 1
  const at = latest(now, base.updatedAt)
  if (change.kind === 'erase') return { kind: 'erase', tombstone: { id, version, deletedAt: at } }
  if (change.kind === 'delete') return { kind: 'bury', tombstone: { id, version, deletedAt: at }, createdAt: base.createdAt }
  try {
    const content = contentOn(write, base, merged ? ancestor : undefined)
    if (content === undefined) return { kind: 'refuse' }
    if (jsonEquals(content, base.content)) return { kind: 'keep', document: base, merged }
    return { kind: 'store', document: { ...base, version, updatedAt: at, content }, merged }
  } catch (error) {
    return { kind: 'throw', error }
  }
}
