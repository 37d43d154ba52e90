import type { Document } from 'mongodb'
import { versionOf, type Stored } from './stored-form.js'
import type { Permission } from './write.js'

/**
 * What a statement asks of the stored document: one version of a document, one version of a tombstone, or that nothing was
 * ever stored under the id. Every guard names a single state, so that a statement sent twice can be done only once. `write` is
 * the id of the write that made the version, where it is known: a version that no majority has may yet get another content, and
 * one that is remembered may be of an earlier life of the id, or from before a backup was restored; the id of a write never is.
 * Of a document whose content isn't known, `equals` asks that a field at its top level has this value.
 */
export type Guard =
  | { readonly kind: 'document' | 'tombstone', readonly version: number, readonly write?: string | undefined, readonly equals?: Permission<unknown>['equals'] }
  | { readonly kind: 'missing' }

/** The guard that holds for just this state. */
export const guardOf = (stored: Stored<unknown> | undefined): Guard =>
  stored === undefined ? { kind: 'missing' } : { kind: stored.current.kind, version: versionOf(stored.current), write: stored.writes[0] }

/** Whether a state is the one that the guard names. */
export const guardHolds = (guard: Guard, stored: Stored<unknown> | undefined): boolean => {
  if (guard.kind === 'missing' || stored === undefined) return guard.kind === 'missing' && stored === undefined
  return guard.kind === stored.current.kind && guard.version === versionOf(stored.current) && (guard.write === undefined || guard.write === stored.writes[0]) && equalsHolds(guard.equals, stored)
}

const equalsHolds = (equals: Permission<unknown>['equals'], { current }: Stored<unknown>): boolean => {
  if (equals === undefined || current.kind !== 'document') return true
  const { content } = current.document
  return typeof content === 'object' && content !== null && Object.getOwnPropertyDescriptor(content, equals.field)?.value === equals.value
}

/** Whether a number can be a version: a safe integer from 1. */
export const isVersion = (version: number): boolean => Number.isSafeInteger(version) && version >= 1

// With `upsert` an expression sees a missing document as one that has its `_id` only.
const neverStored = { $eq: ['$$ROOT', { _id: '$_id' }] }

/**
 * The aggregation expression of a guard, the only place that builds one. With `upsert` it is also evaluated for a document
 * that isn't there, so each form asks for something that a missing document hasn't. It is sent with every statement, so it is
 * short: the id of a write says which version it made, and whether that is a tombstone; without one, a document's version is compared
 * with `deletedAt` where that is there, and no date is a number.
 */
export const guardExpression = (guard: Guard): Document => {
  if (guard.kind === 'missing') return neverStored
  if (!isVersion(guard.version)) throw new TypeError(`a version is a safe integer from 1, not ${String(guard.version)}`)
  const { field, value } = guard.equals ?? {}
  return field === undefined ? stateExpression(guard) : { $and: [stateExpression(guard), { $eq: [{ $getField: { field: { $literal: field }, input: '$data' } }, { $literal: value }] }] }
}

const stateExpression = ({ kind, version, write }: Exclude<Guard, { kind: 'missing' }>): Document => {
  if (write !== undefined) return { $eq: [{ $first: '$writes' }, { $literal: write }] }
  if (kind === 'tombstone') return { $and: [{ $eq: ['$version', version] }, '$deletedAt'] }
  return { $eq: [{ $ifNull: ['$deletedAt', '$version'] }, version] }
}

/**
 * What a document is to become where its guard doesn't hold: its `_id`, which a missing one has too, and which is never a document.
 * `$replaceWith` then fails: the statement ends in an error of its own and writes nothing. No constant, which would be folded, and fail
 * when the command is parsed (https://www.mongodb.com/docs/manual/reference/operator/aggregation/replaceWith/).
 */
export const refusal = '$_id'

/** Whether an error code is that of `refusal`: what to replace a document with must be a document. */
export const isRefusal = (code: number): boolean => code === 40228
