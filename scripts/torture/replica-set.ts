import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient, type Db } from 'mongodb'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { freePort } from '../../src/embedded-mongod/free-port.js'
import { beginMongodLog, type MongodLog } from '../../src/embedded-mongod/mongod-log.js'
import { replicaSetName, startMongodProcess, type MongodProcess } from '../../src/embedded-mongod/mongod-process.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'

/** One member of the set: a mongod that can be killed, paused and started again, and the proxy through which everybody reaches it. */
export interface Member {
  readonly name: string
  readonly proxy: TcpProxy
  readonly admin: Db
  kill(): Promise<void>
  /** Starts it again on the same port and data, after `kill`. */
  start(): Promise<void>
  pause(): void
  resume(): void
}

export interface ReplicaSet {
  readonly uri: string
  readonly members: readonly Member[]
  /** The member that says that it is the primary, of the latest term; undefined while there is none. */
  primary(): Promise<Member | undefined>
  /** The same, but waits some seconds for there to be one. */
  nextPrimary(): Promise<Member | undefined>
  stop(): Promise<void>
}

interface Hello { readonly isWritablePrimary?: boolean, readonly electionId?: { toHexString(): string } }

/** Elections within seconds, so that a run sees many. */
const settings = { electionTimeoutMillis: 1_500, heartbeatIntervalMillis: 500, heartbeatTimeoutSecs: 2, catchUpTimeoutMillis: 2_000 }
const startWithinMs = 60_000
const primaryWithinMs = 6_000

const startMember = async (binary: string, root: string, index: number): Promise<Member & { readonly client: MongoClient, end(): Promise<void> }> => {
  const directory = join(root, `member-${index}`)
  await mkdir(directory)
  const port = await freePort()
  const proxy = await startTcpProxy(port)
  const log: MongodLog = beginMongodLog(directory)
  let mongod: MongodProcess | undefined
  const signal = (name: NodeJS.Signals): void => {
    if (mongod?.pid !== undefined) process.kill(mongod.pid, name)
  }
  const start = async (): Promise<void> => {
    mongod = startMongodProcess({ binary, directory, port, log, cacheSizeGB: 0.25 })
    const begun = await Promise.race([mongod.begun, sleep(startWithinMs, undefined, { ref: false })])
    if (begun !== 'listening') throw new Error(`a mongod of the set did not start: ${begun?.reason ?? 'it is late'}`)
  }
  await start()
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverSelectionTimeoutMS: 1_000, connectTimeoutMS: 1_000, socketTimeoutMS: 1_500, heartbeatFrequencyMS: 500, minHeartbeatFrequencyMS: 100, appName: 'torture' })
  return {
    name: `mongod ${index}`,
    proxy,
    client,
    admin: client.db('admin'),
    start,
    kill: async () => {
      signal('SIGKILL')
      await mongod?.ended
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    end: async () => {
      await client.close()
      signal('SIGCONT')
      await mongod?.end(0)
      await proxy.close()
      log.close()
    }
  }
}

/**
 * Starts three real mongods as one replica set, with data of their own that go with them. The members know each other, and the
 * service knows them, by the ports of their proxies. `log` takes lines for the operator.
 */
export const startReplicaSet = async (log: (line: string) => void): Promise<ReplicaSet> => {
  const binary = await findMongod({ binary: process.env.MONGOD_BINARY === '' ? undefined : process.env.MONGOD_BINARY, log })
  const root = await mkdtemp(join(tmpdir(), 'noclobber-torture-'))
  const members = await Promise.all([0, 1, 2].map((index) => startMember(binary, root, index)))
  const primary = async (): Promise<Member | undefined> => {
    const answers = await Promise.all(members.map(async (member) => {
      const { isWritablePrimary, electionId }: Hello = await member.admin.command({ hello: 1 }).catch(() => ({}))
      return { member, term: isWritablePrimary === true ? electionId?.toHexString() ?? '' : undefined }
    }))
    return answers.filter(({ term }) => term !== undefined).sort((a, b) => (a.term ?? '') < (b.term ?? '') ? 1 : -1)[0]?.member
  }
  const nextPrimary = async (): Promise<Member | undefined> => {
    for (const end = performance.now() + primaryWithinMs; performance.now() < end;) {
      const member = await primary()
      if (member !== undefined) return member
      await sleep(100)
    }
    return undefined
  }
  const hosts = members.map(({ proxy }) => `127.0.0.1:${proxy.port}`)
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.end()))
    await rm(root, { recursive: true, force: true })
  }
  try {
    await members[0]?.admin.command({ replSetInitiate: { _id: replicaSetName, settings, members: hosts.map((host, _id) => ({ _id, host })) } })
    const end = performance.now() + startWithinMs
    while (await primary() === undefined) {
      if (performance.now() > end) throw new Error('the replica set has no primary')
      await sleep(100)
    }
    return { uri: `mongodb://${hosts.join(',')}/?replicaSet=${replicaSetName}`, members, primary, nextPrimary, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
