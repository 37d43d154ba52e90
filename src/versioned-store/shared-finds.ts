import type { Db, Document, Timestamp } from 'mongodb'
import { GroupCommit, type GroupLimits, type NotSent } from './group-commit.js'
import { printId, type StoredId } from './id-form.js'
import { later, type KnownTime } from './known-time.js'
import { sendCommand } from './send-command.js'
import type { TimeOfMajority } from './time-of-majority.js'
import { readStored, type Stored, type StoredForm } from './stored-form.js'

interface FindReply<Form> { cursor: { firstBatch: Form[] }, operationTime?: Timestamp }

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

/**
 * Reads documents by id: what a majority has (read concern `majority`), tombstones included; undefined where there is nothing.
 * `since`: when whoever reads came, on the clock of `performance.now()`: the answer comes in time from then on.
 */
export interface Reader<C> {
  readonly read: (id: StoredId, after?: Timestamp, since?: number) => Promise<Stored<C> | undefined>
  /** Which state an id has, without what it contains: what a state contains never changes. */
  readonly identify?: (id: StoredId, after?: Timestamp, since?: number) => Promise<Identity | undefined>
}

/** The version of a state, and the write that made it. */
export type Identity = Pick<StoredForm<unknown>, 'version' | 'writes'>

/** What a shared find asks for of each document, and what becomes of it. */
interface Asked<Form, T> {
  readonly projection?: Document
  readonly convert: (form: Form) => T
  /** Asked before each find, which then sees all that had happened at the time that it gives. */
  readonly timeOfMajority?: TimeOfMajority | undefined
  readonly known: KnownTime
}

const shared = <Form extends { _id: StoredId }, T>(db: Db, collection: string, { projection, convert, timeOfMajority, known }: Asked<Form, T>, limits: Partial<GroupLimits>) => {
  /** One document that can't be read fails its own read, and no other. */
  const convertOrFail = (form: Form): { value: T } | Error => {
    try {
      return { value: convert(form) }
    } catch (error) {
      return error instanceof Error ? error : new Error('a document could not be read', { cause: error })
    }
  }
  const find = async (ids: readonly StoredId[], after: Timestamp | undefined, found: Map<string, { value: T } | Error>): Promise<void> => {
    const readConcern: Document = after === undefined ? { level: 'majority' } : { level: 'majority', afterClusterTime: after }
    const filter = { _id: ids.length === 1 ? ids[0] : { $in: ids } }
    const { cursor, operationTime } = await sendCommand(db, { find: collection, filter, ...(projection && { projection }), batchSize: ids.length, singleBatch: true, readConcern }) as FindReply<Form>
    known.note(operationTime)
    for (const form of cursor.firstBatch) found.set(printId(form._id), convertOrFail(form))
    const left = ids.filter((id) => !found.has(printId(id)))
    // A reply has room for 16 MB: what it left out may be there none the less.
    if (left.length > 0 && cursor.firstBatch.length > 0) await find(left, after, found)
  }
  const group = new GroupCommit<Find, { value: T } | 'nothing' | Error>({
    keyOf: ({ id }) => printId(id),
    bytesOf: () => 64,
    notSent: (reason) => new ReadFailed(reason),
    late: () => new ReadFailed('unreachable'),
    limits,
    run: async (finds) => {
      const ids = new Map(finds.map(({ id }) => [printId(id), id]))
      const found = new Map<string, { value: T } | Error>()
      const asked = await timeOfMajority?.()
      await find([...ids.values()], finds.reduce((time, { after }) => later(time, after), later(asked, known.latest)), found)
      return finds.map(({ id }) => found.get(printId(id)) ?? 'nothing')
    }
  })
  return async (id: StoredId, after?: Timestamp, since?: number): Promise<T | undefined> => {
    const result = await group.submit({ id, after }, since).catch((error: unknown) => { throw new ReadFailed('unreachable', { cause: error }) })
    if (result instanceof Error) throw result
    return result === 'nothing' ? undefined : result.value
  }
}

/**
 * Reads by id that arrive together share one `find`. One that arrives while a find is on its way waits for the next, so that
 * it sees all that was done before it came, and all that `known` has the time of. An answer takes at most `answerMs` of the limits. With
 * `timeOfMajority` no read shows less than what was acknowledged before it came, by whichever process.
 */
export const sharedFinds = <C>(db: Db, collection: string, known: KnownTime, limits: Partial<GroupLimits> = {}, timeOfMajority?: TimeOfMajority): Reader<C> => ({
  read: shared<StoredForm<C>, Stored<C>>(db, collection, { convert: readStored, timeOfMajority, known }, limits),
  identify: shared<Identity & { _id: StoredId }, Identity>(db, collection, { projection: { version: 1, writes: { $slice: 1 } }, convert: ({ version, writes }) => ({ version, writes }), timeOfMajority, known }, limits)
})
