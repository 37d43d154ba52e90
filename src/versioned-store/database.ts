import { MongoClient, type Db } from 'mongodb'
import { watchPool, type PoolUse } from './pool-use.js'

/** An open database, and how to close it. */
export interface Database {
  readonly db: Db
  /** How its connections are used. */
  readonly pool: PoolUse
  close(): Promise<void>
}

interface Hello { setName?: string, msg?: string, hosts?: string[], passives?: string[], arbiters?: string[] }

/**
 * Bounds of waiting, in ms: an answer always comes. A primary that is frozen is noticed after `socketTimeoutMS`; one that can't
 * be found, after `serverSelectionTimeoutMS`. Writes are not retryable writes: the store sends again itself, with a write id,
 * where it knows that a second time can't do harm.
 */
const clientOptions = { serverSelectionTimeoutMS: 1_200, connectTimeoutMS: 1_500, waitQueueTimeoutMS: 1_200, socketTimeoutMS: 3_000, heartbeatFrequencyMS: 2_000, retryWrites: false, retryReads: false, ignoreUndefined: true } as const

/**
 * Connects to a replica set or a sharded cluster. Throws an error that says what to do for a standalone, which has neither
 * change streams nor majority reads, and for a write concern below majority, under which a version could be used twice.
 */
export const openDatabase = async (uri: string, name: string): Promise<Database> => {
  const client = new MongoClient(uri, { ...clientOptions, appName: 'noclobber' })
  const pool = watchPool(client)
  try {
    await client.connect()
    const db = client.db(name)
    const { setName, msg, hosts = [], passives = [], arbiters = [] }: Hello = await db.admin().command({ hello: 1 })
    if (setName === undefined && msg !== 'isdbgrid') throw new Error('MONGODB_URI is a standalone mongod: start it with --replSet and initiate the set (rs.initiate()), since versions need majority reads and writes')
    const w = client.writeConcern?.w
    const majority = Math.floor((hosts.length + passives.length + arbiters.length) / 2) + 1
    if (w !== undefined && w !== 'majority' && !(typeof w === 'number' && hosts.length > 0 && w >= majority)) throw new Error(`MONGODB_URI sets the write concern w=${w}, below majority: leave it out, or set w=majority, since a version that a majority lacks can be used twice`)
    return { db, pool, close: () => client.close() }
  } catch (error) {
    await client.close()
    throw error
  }
}
