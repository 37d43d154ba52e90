import { printId, type StoredId } from './id-form.js'
import type { Authorship, Revision } from './revision.js'
import type { Current } from './versioned.js'

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
  /** What this version is to those who watch: see stored-change.ts. */
  change?: string
  /** Who made this version. */
  by?: string
  /** Set where this version made a document of an id that had none. */
  created?: true
  data?: C
  /** Requests with a key that were done, and whose replies may not be kept yet. */
  keys?: DoneKey[]
  /** What is kept of earlier versions and may not be in the collection of revisions yet, the oldest first. */
  outbox?: Revision<C>[]
  /** The last version that was erased with all before it: whatever is still found of them is not shown. */
  erasedThrough?: number
}

/** A request with a key, the version that it made, and when. */
export interface DoneKey {
  readonly key: string
  readonly version: number
  readonly at: Date
  /** Set where that version holds the changes of others too. */
  readonly merged?: true
}

/** A document or tombstone as it was read, with what the next write builds on. */
export interface Stored<C> {
  readonly current: Exclude<Current<C>, { kind: 'missing' }>
  readonly createdAt: Date
  readonly writes: readonly string[]
  /** Of a state that is to be stored. */
  readonly change?: string
  readonly by?: string
  readonly created?: true
  readonly keys: readonly DoneKey[]
  readonly outbox: readonly Revision<C>[]
  readonly erasedThrough?: number
}

/** Reads what MongoDB holds. A document without `data` that isn't deleted was not written by this store: an error. */
export const readStored = <C>(form: StoredForm<C>): Stored<C> => {
  const { version, createdAt, updatedAt, deletedAt, writes, by, created, data, keys = [], outbox = [], erasedThrough } = form
  const id = printId(form._id)
  const rest = { createdAt, writes, ...(by !== undefined && { by }), ...(created && { created }), keys, outbox, ...(erasedThrough !== undefined && { erasedThrough }) }
  if (deletedAt !== undefined) return { current: { kind: 'tombstone', tombstone: { id, version, deletedAt } }, ...rest }
  if (data === undefined || !Number.isSafeInteger(version)) throw new Error(`document ${id} was not written by this store: it has no data or no version`)
  return { current: { kind: 'document', document: { id, version, createdAt, updatedAt, content: data } }, ...rest }
}

/** The version of a state; 0 where the id was never there. */
export const versionOf = (current: Current<unknown>): number =>
  current.kind === 'document' ? current.document.version : current.kind === 'tombstone' ? current.tombstone.version : 0

/** The ring of write ids after one more write. */
export const pushWrite = (writes: readonly string[], writeId: string): string[] => [writeId, ...writes.slice(0, ringSize - 1)]

/** The form in which a state is stored, with its outbox where history is kept. */
export const storedForm = <C>(_id: StoredId, { current, createdAt, writes, change, by, created, keys, outbox, erasedThrough }: Stored<C>, history: boolean): StoredForm<C> => {
  const form = current.kind === 'document'
    ? { _id, version: current.document.version, createdAt, updatedAt: current.document.updatedAt, writes: [...writes], data: current.document.content }
    : { _id, version: current.tombstone.version, createdAt, updatedAt: current.tombstone.deletedAt, deletedAt: current.tombstone.deletedAt, writes: [...writes] }
  return { ...form, ...(change !== undefined && { change }), ...(by !== undefined && { by }), ...(created && { created }), ...(keys.length > 0 && { keys: [...keys] }), ...(history && { outbox: [...outbox] }), ...(erasedThrough !== undefined && { erasedThrough }) }
}

/** Who made the version that is stored, and by which write. */
export const authorshipOf = ({ by, created, writes: [write = ''] }: Stored<unknown>): Authorship =>
  ({ ...(by !== undefined && { by }), write, ...(created && { created }) })
