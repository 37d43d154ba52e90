import type { Document } from 'mongodb'
import { versionOf } from './stored-form.js'
import type { Current } from './versioned.js'

/**
 * What a statement asks of the stored document: one version of a document, one version of a tombstone, or that nothing was
 * ever stored under the id. Every guard names a single state, so that a statement sent twice can be done only once. A version
 * that no majority has yet may become another content: `write` names the write that is to make it.
 */
export type Guard =
  | { readonly kind: 'document', readonly version: number, readonly write?: string }
  | { readonly kind: 'tombstone', readonly version: number }
  | { readonly kind: 'missing' }

/** The guard that holds for just this state. */
export const guardOf = (current: Current<unknown>): Guard =>
  current.kind === 'missing' ? { kind: 'missing' } : { kind: current.kind, version: versionOf(current) }

/** Whether a state is the one that the guard names. */
export const guardHolds = (guard: Guard, current: Current<unknown>): boolean =>
  guard.kind === current.kind && (guard.kind === 'missing' || guard.version === versionOf(current))

/** Whether a number can be a version: a safe integer from 1. */
export const isVersion = (version: number): boolean => Number.isSafeInteger(version) && version >= 1

// With `upsert` an expression sees a missing document as one that has its `_id` only.
const neverStored = { $eq: ['$$ROOT', { _id: '$_id' }] }
/** A date is true, and what is missing is false. */
const deleted = '$deletedAt'

/**
 * The aggregation expression of a guard, the only place that builds one. With `upsert` it is also evaluated for a document
 * that isn't there, so each form asks for something that a missing document hasn't.
 */
export const guardExpression = (guard: Guard): Document => {
  if (guard.kind === 'missing') return neverStored
  if (!isVersion(guard.version)) throw new TypeError(`a version is a safe integer from 1, not ${String(guard.version)}`)
  const version = { $eq: ['$version', guard.version] }
  if (guard.kind === 'tombstone') return { $and: [version, deleted] }
  if (guard.write === undefined) return { $and: [version, { $not: [deleted] }] }
  return { $and: [version, { $not: [deleted] }, { $eq: [{ $arrayElemAt: ['$writes', 0] }, { $literal: guard.write }] }] }
}

/** Why a guard didn't hold, as the database saw it. */
export type Refusal = 'missing' | 'deleted' | 'stale'

/**
 * An expression that always fails, with one error code for each reason, so that a statement whose guard doesn't hold ends in an
 * error of its own and writes nothing. Each depends on a field: a constant would be folded, and fail when parsed. It is sent with
 * every statement, so it is short.
 */
export const refusalExpression: Document = {
  $cond: [deleted, { $ln: { $subtract: ['$version', '$version'] } }, {
    $cond: ['$version', { $toInt: { $concat: ['stale ', { $toString: '$version' }] } }, { $log10: { $size: { $ifNull: ['$writes', []] } } }]
  }]
}

const refusals = new Map<number, Refusal>([[28761, 'missing'], [28766, 'deleted'], [241, 'stale']])

/** The reason that an error code of `refusalExpression` stands for. */
export const refusalOf = (code: number): Refusal | undefined => refusals.get(code)
