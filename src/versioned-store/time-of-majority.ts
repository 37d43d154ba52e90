import type { Db, Timestamp } from 'mongodb'
import { sendCommand } from './send-command.js'
import { majorityJournaled } from './shared-updates.js'

/** A time, on the clock of the database, at or after all that was acknowledged before it was asked for. */
export type TimeOfMajority = () => Promise<Timestamp | undefined>

interface WriteReply { readonly operationTime?: Timestamp }

/**
 * Asks a majority for the time by a write that changes nothing but a count of its own: only who leads a majority can have it done,
 * so that it is later than every write that was acknowledged before. A read at or after it (`afterClusterTime`,
 * https://www.mongodb.com/docs/manual/core/read-isolation-consistency-recency/) is linearizable, also where a primary that doesn't know
 * yet that it was deposed answers it. It costs one majority write for all the reads that share a find; read concern `linearizable`
 * would cost one for each.
 */
export const timeOfMajority = (db: Db): TimeOfMajority => async () => {
  const { operationTime }: WriteReply = await sendCommand(db, { update: 'read-times', updates: [{ q: { _id: 'reads' }, u: { $inc: { count: 1 } }, upsert: true }], writeConcern: majorityJournaled })
  return operationTime
}
