import { MinKey, type Document } from 'mongodb'
import type { StoredId } from './id-form.js'
import { storedPath } from './list-index.js'

export type ListValue = string | number | boolean | Date

export type RangeOperator = 'gt' | 'gte' | 'lt' | 'lte'

/** What a list leaves in: documents whose field has one of the values (an array: holds one), or lies within all the bounds. */
export type ListFilter =
  | { readonly kind: 'equals', readonly field: string, readonly values: readonly ListValue[] }
  | { readonly kind: 'range', readonly field: string, readonly bounds: Readonly<Partial<Record<RangeOperator, ListValue>>> }

export interface ListSort {
  readonly field: string
  readonly descending: boolean
}

/** A place in a list: that of the document with this `_id` and this value of the field that the list is sorted by. */
export interface ListPlace {
  /** null where the document has no value. */
  readonly value: ListValue | null
  readonly _id: StoredId
}

/** The filter as MongoDB takes it. Values stand behind an operator always: none is taken for an operator itself. */
const condition = (filter: ListFilter): Document => {
  const path = storedPath(filter.field)
  if (filter.kind === 'range') return { [path]: Object.fromEntries(Object.entries(filter.bounds).map(([operator, bound]) => [`$${operator}`, bound])) }
  const [first, ...others] = filter.values
  return { [path]: others.length === 0 ? { $eq: first } : { $in: filter.values } }
}

/** Documents, not tombstones, that all filters leave in. */
const matching = (filters: readonly ListFilter[]): Document[] => [{ deletedAt: null }, ...filters.map(condition)]

/** Which of these documents match the filters as they are now. */
export const stillMatching = (ids: readonly StoredId[], filters: readonly ListFilter[]): Document => ({ $and: [{ _id: { $in: ids } }, ...matching(filters)] })

/** All that there is, said of the field that an index begins with: else MongoDB would hold ranges of other fields against documents, not entries. */
const fromTheBeginning = ({ field }: ListSort): Document[][] => [[{ [storedPath(field)]: { $gte: new MinKey() } }]]

/**
 * What lies behind a place, as alternatives that are each one stretch of an index. A document without the field sorts before all
 * that have it (https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/), and no comparison with a value finds it.
 */
const behind = ({ field, descending }: ListSort, { value, _id }: ListPlace): Document[][] => {
  const path = storedPath(field)
  const operator = descending ? '$lt' : '$gt'
  const sameValue = [{ [path]: { $eq: value } }, { _id: { [operator]: _id } }]
  if (value === null) return descending ? [sameValue] : [sameValue, [{ [path]: { $ne: null } }]]
  const withoutValue = descending && path !== field ? [[{ [path]: { $eq: null } }]] : []
  return [sameValue, [{ [path]: { [operator]: value } }], ...withoutValue]
}

/**
 * The documents of a list, or those behind a place in it. Each alternative is one stretch of the index whose entries are grouped by
 * `prefix`, in the order of the list: MongoDB merges them, and sorts nothing.
 */
export const listFilter = (sort: ListSort, filters: readonly ListFilter[], prefix: string | undefined, after: ListPlace | undefined): Document => {
  const grouping = filters.find((filter) => filter.field === prefix)
  const common = matching(filters.filter((filter) => filter !== grouping))
  const groups = grouping?.kind === 'equals' ? grouping.values.map((value) => [condition({ ...grouping, values: [value] })]) : [[]]
  const stretches = after === undefined ? fromTheBeginning(sort) : behind(sort, after)
  const alternatives = groups.flatMap((group) => stretches.map((stretch) => ({ $and: [...common, ...group, ...stretch] })))
  return alternatives.length === 1 ? alternatives[0] ?? {} : { $or: alternatives }
}
