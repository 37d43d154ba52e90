import type { CollationOptions, IndexDescription } from 'mongodb'

/** What a collection can be listed by. Fields are named as in the content, or are `createdAt` and `updatedAt`. */
export interface ListFields {
  /** Fields that are compared with values, the one that leaves the fewest documents first. */
  readonly equals: readonly string[]
  /** Fields that are compared with bounds. */
  readonly ranges: readonly string[]
  readonly sorts: readonly string[]
  /** How strings compare (https://www.mongodb.com/docs/manual/reference/collation/), in filters and sorts; by code point unless given. */
  readonly collation?: CollationOptions
}

/** The fields of a collection that says nothing of lists. */
export const listedByCreation: ListFields = { equals: [], ranges: [], sorts: ['createdAt'] }

/** Where a field lies in the stored form. */
export const storedPath = (field: string): string => field === 'createdAt' || field === 'updatedAt' ? field : `data.${field}`

/** An index of a list, and the field whose values its entries are grouped by. */
export interface ListIndex {
  readonly name: string
  readonly prefix: string | undefined
}

interface DescribedIndex extends ListIndex {
  readonly description: IndexDescription
}

/**
 * Equality first, then what the list is sorted by, then ranges (https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-rule/);
 * both directions are read from one index. It is partial, so that tombstones are not in it. The name says all that it depends on:
 * what is declared in another way gets an index of its own.
 */
const describe = ({ ranges, collation }: ListFields, sort: string, prefix?: string): DescribedIndex => {
  const key = new Map<string, 1 | -1>([
    ...(prefix === undefined ? [] : [[storedPath(prefix), 1] as const]),
    [storedPath(sort), -1], ['_id', -1],
    ...ranges.filter((field) => field !== sort).map((field) => [storedPath(field), -1] as const)
  ])
  const name = [...[...key].flat(), ...(collation ? Object.values(collation).map(String) : [])].join('_')
  return { name, prefix, description: { name, key, partialFilterExpression: { deletedAt: null }, ...(collation && { collation }) } }
}

/** The indexes of a collection's lists: one for each sort, and one for each sort and each field that is compared with values. */
export const listIndexes = (fields: ListFields): IndexDescription[] =>
  fields.sorts.flatMap((sort) => [undefined, ...fields.equals.filter((field) => field !== sort)].map((prefix) => describe(fields, sort, prefix).description))

/** The index for a list that is sorted by `sort` and compares these fields with values: that of the first of them. */
export const listIndexFor = (fields: ListFields, sort: string, compared: readonly string[]): ListIndex =>
  describe(fields, sort, fields.equals.find((field) => field !== sort && compared.includes(field)))
