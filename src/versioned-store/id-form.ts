import { ObjectId } from 'mongodb'

/** What `_id` is in the database. */
export type StoredId = ObjectId | string

/** The form of the ids of a resource: how an id in a URL becomes an `_id`, and how new ones are made. */
export interface IdForm {
  /** What a valid id looks like, for the sentence of an error. */
  readonly description: string
  /** The `_id` for an id as a client sends it, or undefined where it has not this form. */
  parse(id: string): StoredId | undefined
  /** A new `_id`, for a document whose id the service chooses. */
  generate(): StoredId
}

/** 24 hexadecimal digits, stored as an ObjectId. */
export const objectIdForm: IdForm = {
  description: '24 hexadecimal digits',
  parse: (id) => /^[0-9a-f]{24}$/i.test(id) ? ObjectId.createFromHexString(id) : undefined,
  generate: () => new ObjectId()
}

/** The id as clients see it. */
export const printId = (_id: StoredId): string => typeof _id === 'string' ? _id : _id.toHexString()
