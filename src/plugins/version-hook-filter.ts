import type { WriteCondition } from '../preconditions/write-condition.js'

/** A condition as a filter of MongoDB, over the fields `version` and `updatedAt` of a document. */
export interface VersionFilter {
  readonly version?: { readonly $in: readonly number[] } | { readonly $nin: readonly number[] } | { readonly $exists: false }
  readonly updatedAt?: { readonly $not: { readonly $gte: Date } }
}

/**
 * The filter that matches exactly where the condition holds. Spread it beside `_id` in `findOneAndUpdate`, `updateOne` or `deleteOne`.
 * - A condition that never holds, such as that of a write without If-Match, gives a filter that matches nothing.
 * - `absent` (create only) matches no document that has a version: with `upsert: true` it creates, or ends in a duplicate key (11000).
 * - Who keeps tombstones in the same collection adds what tells a document from them, such as `deletedAt: null`.
 */
export const versionFilter = (condition: WriteCondition): VersionFilter => {
  if (condition.kind === 'absent') return { version: { $exists: false } }
  if (condition.kind === 'one-of') return { version: { $in: condition.versions } }
  if (condition.kind === 'never') return { version: { $in: [] } }
  const { except, unmodifiedSince } = condition
  return {
    ...(except.length > 0 && { version: { $nin: except } }),
    ...(unmodifiedSince !== null && { updatedAt: { $not: { $gte: new Date(unmodifiedSince.getTime() + 1000) } } })
  }
}
