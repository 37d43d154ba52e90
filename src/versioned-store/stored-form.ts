import { printId, type StoredId } from './id-form.js'
import type { Current, Tombstone, VersionedDocument } from './versioned.js'

/** How many of its last writes a document names in `writes`. */
export const ringSize = 8

/**
 * A document as it lies in MongoDB. What clients send is in `data`, so that no field of theirs can be taken for one of the
 * service's. A tombstone has `deletedAt` and no `data`.
 */
export interface StoredForm<C> {
  _id: StoredId
  version: number
  createdAt: Date
  updatedAt: Date
  deletedAt?: Date
  /**
   * The ids of the last writes, at most `ringSize`: the first is that of the write which made this version, the next that of
   * the version before. By them a write whose answer was lost can tell whether it was done.
   */
  writes: string[]
  data?: C
}

/** A document or tombstone as it was read, with the ids of the writes that made it. */
export interface Stored<C> {
  readonly current: Exclude<Current<C>, { kind: 'missing' }>
  readonly writes: readonly string[]
}

/** Reads what MongoDB holds. A document without `data` that isn't deleted was not written by this store: an error. */
export const readStored = <C>(form: StoredForm<C>): Stored<C> => {
  const { version, createdAt, updatedAt, deletedAt, writes, data } = form
  const id = printId(form._id)
  if (deletedAt !== undefined) return { current: { kind: 'tombstone', tombstone: { id, version, deletedAt } }, writes }
  if (data === undefined || !Number.isSafeInteger(version)) throw new Error(`document ${id} was not written by this store: it has no data or no version`)
  return { current: { kind: 'document', document: { id, version, createdAt, updatedAt, content: data } }, writes }
}

/** The version of a state; 0 where the id was never there. */
export const versionOf = (current: Current<unknown>): number =>
  current.kind === 'document' ? current.document.version : current.kind === 'tombstone' ? current.tombstone.version : 0

/** The ring of write ids after one more write. */
export const pushWrite = (writes: readonly string[], writeId: string): string[] => [writeId, ...writes.slice(0, ringSize - 1)]

export const storedDocument = <C>(_id: StoredId, document: VersionedDocument<C>, writes: string[]): StoredForm<C> => ({
  _id, version: document.version, createdAt: document.createdAt, updatedAt: document.updatedAt, writes, data: document.content
})

export const storedTombstone = <C>(_id: StoredId, tombstone: Tombstone, createdAt: Date, writes: string[]): StoredForm<C> => ({
  _id, version: tombstone.version, createdAt, updatedAt: tombstone.deletedAt, deletedAt: tombstone.deletedAt, writes
})
