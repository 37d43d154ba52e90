import type { CollationOptions, Document, IndexSpecification } from 'mongodb'

/** Values that no two documents of a resource may share. */
export interface UniqueIndex {
  /** The fields, as names in the content; the combination of their values is unique. */
  readonly fields: readonly string[]
  /** `false`: values that differ only in case are the same. */
  readonly caseSensitive?: boolean
  /** Fields that may be absent: documents without one are not compared. */
  readonly optional?: readonly string[]
}

/** Compares without regard to case (https://www.mongodb.com/docs/manual/core/index-case-insensitive/). */
const caseInsensitive: CollationOptions = { locale: 'en', strength: 2 }

export const collationOf = ({ caseSensitive = true }: UniqueIndex): CollationOptions | undefined => caseSensitive ? undefined : caseInsensitive

const storedField = (field: string): string => `data.${field}`

/** The name of the content's field that a field of an index stands for. */
export const contentField = (field: string): string => field.startsWith('data.') ? field.slice('data.'.length) : field

/** The index in MongoDB: partial, so that the values of a deleted document are free again. */
export const indexOf = (unique: UniqueIndex): { key: IndexSpecification & Document, unique: true, partialFilterExpression: Document, collation?: CollationOptions } => {
  const collation = collationOf(unique)
  return {
    key: Object.fromEntries(unique.fields.map((field) => [storedField(field), 1])),
    unique: true,
    partialFilterExpression: { deletedAt: null, ...Object.fromEntries((unique.optional ?? []).map((field) => [storedField(field), { $exists: true }])) },
    ...(collation && { collation })
  }
}

/** The index whose key is `keyPattern`, as an E11000 error names it. */
export const uniqueIndexOf = (indexes: readonly UniqueIndex[], keyPattern: Document): UniqueIndex | undefined => {
  const fields = Object.keys(keyPattern).map(contentField)
  return indexes.find((index) => index.fields.length === fields.length && index.fields.every((field, i) => field === fields[i]))
}

/** Finds who holds the values. It repeats the condition of the partial index, without which the index can't be used. */
export const holderFilter = (unique: UniqueIndex, content: object): Document => ({
  deletedAt: null,
  ...Object.fromEntries(unique.fields.map((field) => [storedField(field), { $eq: valueAt(content, field) }]))
})

const valueAt = (content: object, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined, content) ?? null
