import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import type { Test } from 'tap'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { freePort } from '../../src/embedded-mongod/free-port.js'
import { watchMongod } from '../../src/embedded-mongod/watchdog.js'

/** A mongod of one test's own, a replica set of one, for a test that takes it away. It ends with the test. */
export interface OwnMongod {
  readonly uri: string
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>
  /** Starts it again, on the same port and data; resolves when it is primary. */
  start(): Promise<void>
  /** How many connections a client of this name has open. */
  connections(appName: string): Promise<number>
  /** Stops the process where it is, as a frozen machine does, and lets it go on. */
  freeze(): void
  thaw(): void
}

export const startOwnMongod = async (t: Test): Promise<OwnMongod> => {
  const binary = await findMongod({ binary: process.env.MONGOD_BINARY, log: () => undefined })
  const directory = mkdtempSync(join(tmpdir(), 'noclobber-own-'))
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, { serverSelectionTimeoutMS: 60_000 })
  let child: ChildProcess | undefined
  let dismissWatchdog: () => void = () => undefined

  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    dismissWatchdog()
  }
  const start = async () => {
    child = spawn(binary, ['--dbpath', directory, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--wiredTigerCacheSizeGB', '0.25', '--logpath', join(directory, 'log'), '--replSet', 'own'], { stdio: 'ignore' })
    if (child.pid !== undefined) dismissWatchdog = watchMongod(child.pid, directory)
    const admin = client.db('admin')
    for (;;) {
      const { isWritablePrimary } = await admin.command({ hello: 1 }).catch(() => ({ isWritablePrimary: false })) as { isWritablePrimary: boolean }
      if (isWritablePrimary) return
      await delay(20)
    }
  }

  const connections = async (appName: string) =>
    (await client.db('admin').aggregate([{ $currentOp: { allUsers: true, idleConnections: true } }, { $match: { appName } }]).toArray()).length

  t.teardown(async () => {
    await client.close()
    await kill()
    rmSync(directory, { recursive: true, force: true })
  })
  const started = start()
  await client.db('admin').command({ replSetInitiate: { _id: 'own', members: [{ _id: 0, host }] } })
  await started
  return { uri: `mongodb://${host}/?replicaSet=own`, kill, start, connections, freeze: () => void child?.kill('SIGSTOP'), thaw: () => void child?.kill('SIGCONT') }
}
