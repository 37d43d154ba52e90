import type { Db, Document, Timestamp } from 'mongodb'
import { GroupCommit, type GroupLimits, type NotSent } from './group-commit.js'
import { printId, type StoredId } from './id-form.js'
import { readStored, type Stored, type StoredForm } from './stored-form.js'

interface FindReply<C> { cursor: { firstBatch: StoredForm<C>[] } }

interface Find {
  readonly id: StoredId
  /** The find sees all that had happened at this time. */
  readonly after: Timestamp | undefined
}

/** The database could not be read: `reason` says why. */
export class ReadFailed extends Error {
  constructor (readonly reason: NotSent, options?: ErrorOptions) {
    super(`the database could not be read: ${reason}`, options)
  }
}

/** Reads documents by id: what a majority has (read concern `majority`), tombstones included; undefined where there is nothing. */
export interface Reader<C> {
  read(id: StoredId, after?: Timestamp): Promise<Stored<C> | undefined>
}

const latest = (times: readonly (Timestamp | undefined)[]): Timestamp | undefined =>
  times.reduce((a, b) => a === undefined || (b !== undefined && b.greaterThan(a)) ? b : a, undefined)

/** One document that can't be read fails its own read, and no other. */
const readOrFail = <C>(form: StoredForm<C>): Stored<C> | Error => {
  try {
    return readStored(form)
  } catch (error) {
    return error instanceof Error ? error : new Error('a document could not be read', { cause: error })
  }
}

/**
 * Reads by id that arrive together share one `find`. One that arrives while a find is on its way waits for the next, so that
 * it sees all that was done before it came. An answer takes at most `queueMs` of the limits.
 */
export const sharedFinds = <C>(db: Db, collection: string, limits: Partial<GroupLimits> = {}): Reader<C> => {
  const find = async (ids: readonly StoredId[], after: Timestamp | undefined, found: Map<string, Stored<C> | Error>): Promise<void> => {
    const readConcern: Document = after === undefined ? { level: 'majority' } : { level: 'majority', afterClusterTime: after }
    const { cursor } = await db.command({ find: collection, filter: { _id: ids.length === 1 ? ids[0] : { $in: ids } }, batchSize: ids.length, singleBatch: true, readConcern }) as FindReply<C>
    for (const form of cursor.firstBatch) found.set(printId(form._id), readOrFail(form))
    const left = ids.filter((id) => !found.has(printId(id)))
    // A reply has room for 16 MB: what it left out may be there none the less.
    if (left.length > 0 && cursor.firstBatch.length > 0) await find(left, after, found)
  }
  const group = new GroupCommit<Find, Stored<C> | 'nothing' | Error>({
    keyOf: ({ id }) => printId(id),
    bytesOf: () => 64,
    notSent: (reason) => new ReadFailed(reason),
    limits,
    run: async (finds) => {
      const ids = new Map(finds.map(({ id }) => [printId(id), id]))
      const found = new Map<string, Stored<C> | Error>()
      await find([...ids.values()], latest(finds.map(({ after }) => after)), found)
      return finds.map(({ id }) => found.get(printId(id)) ?? 'nothing')
    }
  })
  return {
    read: async (id, after) => {
      const result = await group.submit({ id, after }).catch((error: unknown) => { throw new ReadFailed('unreachable', { cause: error }) })
      if (result instanceof Error) throw result
      return result === 'nothing' ? undefined : result
    }
  }
}
