import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import type { Test } from 'tap'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { freePort } from '../../src/embedded-mongod/free-port.js'
import { watchMongod } from '../../src/embedded-mongod/watchdog.js'

/** A replica set of one with authentication, of one test's own. It ends with the test. */
export interface SecuredMongod {
  /** Connected as the administrator. */
  readonly admin: MongoClient
  readonly uriOf: (user: string, password: string) => string
}

/** Starts a mongod with a key file, by which its members, and so its users, must prove who they are (https://www.mongodb.com/docs/manual/tutorial/deploy-replica-set-with-keyfile-access-control/). */
export const startSecuredMongod = async (t: Test): Promise<SecuredMongod> => {
  const binary = await findMongod({ binary: process.env.MONGOD_BINARY, log: () => undefined })
  const directory = mkdtempSync(join(tmpdir(), 'noclobber-secured-'))
  const keyFile = join(directory, 'key')
  writeFileSync(keyFile, randomBytes(96).toString('base64'), { mode: 0o400 })
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  const child = spawn(binary, ['--dbpath', directory, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--wiredTigerCacheSizeGB', '0.25', '--logpath', join(directory, 'log'), '--replSet', 'rs0', '--keyFile', keyFile], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const dismissWatchdog = child.pid === undefined ? () => undefined : watchMongod(child.pid, directory)
  const clients: MongoClient[] = []
  const connect = (uri: string): MongoClient => {
    const client = new MongoClient(uri, { serverSelectionTimeoutMS: 60_000 })
    clients.push(client)
    return client
  }
  t.teardown(async () => {
    await Promise.all(clients.map((client) => client.close()))
    child.kill('SIGKILL')
    await exited
    dismissWatchdog()
    rmSync(directory, { recursive: true, force: true })
  })
  // Before there is any user, who connects from the machine itself may initiate the set and create the first one.
  const first = connect(`mongodb://${host}/?directConnection=true`).db('admin')
  await first.command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host }] } })
  while ((await first.command({ hello: 1 })).isWritablePrimary !== true) await delay(20)
  await first.command({ createUser: 'admin', pwd: 'admin', roles: ['root'] })
  const uriOf = (user: string, password: string) => `mongodb://${user}:${password}@${host}/?replicaSet=rs0&authSource=admin`
  return { admin: connect(uriOf('admin', 'admin')), uriOf }
}
