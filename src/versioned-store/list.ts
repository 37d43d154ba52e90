import type { Collection, Filter } from 'mongodb'
import type { StoredId } from './id-form.js'
import { readStored, type StoredForm } from './stored-form.js'
import type { VersionedDocument } from './versioned.js'

/** A place in a list that is in the order of creation, latest first: behind the document created then, with that `_id`. */
export interface ListPosition {
  readonly createdAt: Date
  readonly _id: StoredId
}

export interface ListPage<C> {
  readonly documents: readonly VersionedDocument<C>[]
  /** Where the next page begins; undefined at the end. */
  readonly next: ListPosition | undefined
}

/** One page of a collection, the document created last first, tombstones left out; what a majority has. */
export const listPage = async <C>(collection: Collection<StoredForm<C>>, limit: number, after?: ListPosition): Promise<ListPage<C>> => {
  const beyond = after === undefined ? {} : { $or: [{ createdAt: { $lt: after.createdAt } }, { createdAt: after.createdAt, _id: { $lt: after._id } }] }
  // What the driver's Filter type makes of a generic form can't be resolved here.
  const filter = { deletedAt: null, ...beyond } as unknown as Filter<StoredForm<C>>
  const forms = await collection.find<StoredForm<C>>(filter, { readConcern: { level: 'majority' } }).sort({ createdAt: -1, _id: -1 }).limit(limit + 1).toArray()
  const page = forms.slice(0, limit)
  const last = forms.length > limit ? page.at(-1) : undefined
  return {
    documents: page.flatMap((form) => { const { current } = readStored(form); return current.kind === 'document' ? [current.document] : [] }),
    next: last && { createdAt: last.createdAt, _id: last._id }
  }
}
