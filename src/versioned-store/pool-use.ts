import type { MongoClient } from 'mongodb'

/** How the connections of a client are used. */
export interface PoolUse {
  /** Connections that are open, those in use included. */
  readonly open: number
  readonly inUse: number
  /** Operations that wait for a connection. */
  readonly waiting: number
  /** Operations that got none, so far. */
  readonly failures: number
}

/**
 * Counts by the events of the client's pools
 * (https://www.mongodb.com/docs/drivers/node/current/monitoring-and-logging/monitoring/); to be called before it connects.
 */
export const watchPool = (client: MongoClient): PoolUse => {
  const use = { open: 0, inUse: 0, waiting: 0, failures: 0 }
  client
    .on('connectionCreated', () => { use.open++ })
    .on('connectionClosed', () => { use.open-- })
    .on('connectionCheckOutStarted', () => { use.waiting++ })
    .on('connectionCheckedOut', () => { use.waiting--; use.inUse++ })
    .on('connectionCheckedIn', () => { use.inUse-- })
    .on('connectionCheckOutFailed', () => { use.waiting--; use.failures++ })
  return use
}
