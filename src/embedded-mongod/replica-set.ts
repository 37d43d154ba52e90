import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient, MongoError } from 'mongodb'
import { replicaSetName } from './mongod-process.js'

interface ReplicaSetConfig { readonly _id: string, readonly version: number, readonly members: readonly { readonly _id: number, readonly host: string }[] }

const configure = async (client: MongoClient, host: string): Promise<void> => {
  const stored = await client.db('local').collection<ReplicaSetConfig>('system.replset').findOne({}, { readPreference: 'secondaryPreferred' })
  const admin = client.db('admin')
  if (!stored) {
    await admin.command({ replSetInitiate: { _id: replicaSetName, members: [{ _id: 0, host }] } })
  } else if (stored.members[0]?.host !== host) {
    // A member that has moved finds no set that it is in, so that only `force` can change it (MongoDB manual, replSetReconfig).
    const { config } = await admin.command({ replSetGetConfig: 1 }) as unknown as { config: ReplicaSetConfig }
    await admin.command({ replSetReconfig: { ...config, version: config.version + 1, members: [{ ...config.members[0], host }] }, force: true })
  }
}

/**
 * Makes the mongod on `port` the primary of a replica set of one, whether it has never been one or was one on another port.
 * What it refuses meanwhile it is asked again: while it starts, it refuses for a moment what it will then do.
 * @param signal ends the trying
 * @throws the last refusal, once aborted
 */
export const makePrimary = async (port: number, signal: AbortSignal): Promise<void> => {
  const host = `127.0.0.1:${port}`
  const client = new MongoClient(`mongodb://${host}/`, { directConnection: true, serverSelectionTimeoutMS: 5_000 })
  const close = () => void client.close()
  signal.addEventListener('abort', close, { once: true })
  let refusal: unknown
  try {
    while (!signal.aborted) {
      try {
        await configure(client, host)
        if ((await client.db('admin').command({ hello: 1 })).isWritablePrimary === true) return
      } catch (error) {
        if (!(error instanceof MongoError)) throw error
        refusal = error
      }
      await sleep(20)
    }
    throw refusal instanceof Error ? refusal : new Error('it did not become primary in time')
  } finally {
    signal.removeEventListener('abort', close)
    await client.close()
  }
}
