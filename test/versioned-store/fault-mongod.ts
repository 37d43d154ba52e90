import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient, type Db, type Document } from 'mongodb'
import type { Test } from 'tap'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { freePort } from '../../src/embedded-mongod/free-port.js'
import { watchMongod } from '../../src/embedded-mongod/watchdog.js'

/** A mongod for one test file, which fails when it is told to. */
export interface FaultMongod {
  readonly uri: string
  readonly admin: Db
  /**
   * The `failCommand` fail point of mongod: `data` says how the next `times` commands of these names fail
   * (https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point).
   */
  failCommand(times: number, data: Document): Promise<void>
  /** Stops the process where it is, as a frozen machine does, and lets it go on. */
  readonly freeze: () => void
  readonly thaw: () => void
}

/** Starts it, as a replica set of one or as a standalone; it ends with the test, and its data with it. */
export const startFaultMongod = async (t: Test, { standalone = false } = {}): Promise<FaultMongod> => {
  const binary = await findMongod({ binary: process.env.MONGOD_BINARY, log: () => undefined })
  const directory = mkdtempSync(join(tmpdir(), 'noclobber-fault-'))
  const port = await freePort()
  const child = spawn(binary, [
    '--dbpath', directory, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--wiredTigerCacheSizeGB', '0.25',
    '--logpath', join(directory, 'log'), '--setParameter', 'enableTestCommands=1', ...(standalone ? [] : ['--replSet', 'faults'])
  ], { stdio: 'ignore' })
  const dismissWatchdog = child.pid === undefined ? () => undefined : watchMongod(child.pid, directory)
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverSelectionTimeoutMS: 30_000, minHeartbeatFrequencyMS: 50 })
  t.teardown(async () => {
    await client.close()
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    dismissWatchdog()
    rmSync(directory, { recursive: true, force: true })
  })
  const admin = client.db('admin')
  await admin.command({ hello: 1 })
  if (!standalone) {
    await admin.command({ replSetInitiate: { _id: 'faults', members: [{ _id: 0, host: `127.0.0.1:${port}` }] } })
    while (!(await admin.command({ hello: 1 }) as { isWritablePrimary: boolean }).isWritablePrimary) await delay(20)
  }
  return {
    uri: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    admin,
    failCommand: async (times, data) => { await admin.command({ configureFailPoint: 'failCommand', mode: { times }, data }) },
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT')
  }
}
