import { MongoCursorExhaustedError, MongoErrorLabel, MongoServerError, type Db, type Document } from 'mongodb'
import { saysUnknown } from '../versioned-store/command-errors.js'
import { printId, type StoredId } from '../versioned-store/id-form.js'
import { readChange, type StoredChange } from '../versioned-store/stored-change.js'
import type { Position } from './event-id.js'

/** What a change stream has at a place: the change of one document, or that a collection is not what it was (dropped, renamed). */
export interface Streamed {
  readonly collection: string
  readonly position: Position
  readonly change?: StoredChange & { readonly id: string }
}

/** An open change stream. */
export interface ChangeReader {
  /** What comes next; undefined where nothing came for a while. Throws what the driver throws. */
  next(): Promise<Streamed | undefined>
  /** Up to where it was read; undefined before the first `next`. */
  readonly position: Position | undefined
  close(): Promise<void>
}

interface Projected extends Document {
  ns: { coll: string }
  _id: { _data: string }
  documentKey?: { _id: StoredId }
  change?: string | null
}

/**
 * Of a write there is only its document's id and what the write itself stored as `change`: nothing of the content passes here. A
 * write of the service's own leaves `change` as it is, and isn't shown. Every reader has the same pipeline, so that two of them
 * that have read the same changes are at the same position.
 */
const pipeline = (collections: readonly string[]): Document[] => [
  { $match: { 'ns.coll': { $in: collections }, operationType: { $in: ['insert', 'update', 'replace', 'drop', 'rename'] } } },
  { $project: { 'ns.coll': 1, operationType: 1, 'documentKey._id': 1, change: { $ifNull: ['$updateDescription.updatedFields.change', '$fullDocument.change'] } } },
  { $match: { $or: [{ change: { $type: 'string' } }, { operationType: { $in: ['drop', 'rename'] } }] } }
]

const read = ({ _id: { _data: position }, ns: { coll: collection }, documentKey, change }: Projected): Streamed => {
  const stored = typeof change === 'string' ? readChange(change) : undefined
  return stored === undefined || documentKey === undefined ? { collection, position } : { collection, position, change: { id: printId(documentKey._id), ...stored } }
}

const positionOf = (token: unknown): Position | undefined =>
  typeof token === 'object' && token !== null && '_data' in token && typeof token._data === 'string' ? token._data : undefined

export interface ChangeStreamStart {
  /** Where it begins; from now on where undefined. */
  readonly after?: Position | undefined
  /** How long `next` waits, in ms. */
  readonly waitMs: number
  /** To be told where a stream that begins from now on begins, once it is open. */
  readonly onOpen?: (position: Position) => void
}

/** Reads the changes of collections, in the order in which a majority has them. */
export const openChangeStream = (db: Db, collections: readonly string[], { after, waitMs, onOpen }: ChangeStreamStart): ChangeReader => {
  const stream = db.watch<Document, Projected & { operationType: 'insert' }>(pipeline(collections), { maxAwaitTimeMS: waitMs, ...(after !== undefined && { resumeAfter: { _data: after } }) })
  let position: Position | undefined
  stream.once('resumeTokenChanged', (token) => {
    const begin = positionOf(token)
    if (after === undefined && begin !== undefined) onOpen?.(begin)
  })
  return {
    next: async () => {
      const found = await stream.tryNext() as Projected | null
      const streamed = found === null ? undefined : read(found)
      position = streamed?.position ?? positionOf(stream.resumeToken) ?? position
      return streamed
    },
    get position () { return position },
    close: () => stream.close()
  }
}

/**
 * Whether what comes after a position can't be had from the database any more, as when it is older than the oplog
 * (ChangeStreamHistoryLost), or never was there; rather than not just now.
 */
export const isHistoryLost = (error: unknown): boolean => {
  if (error instanceof MongoCursorExhaustedError) return true
  return error instanceof MongoServerError && !error.hasErrorLabel(MongoErrorLabel.ResumableChangeStreamError) && !(typeof error.code === 'number' && saysUnknown(error.code))
}
