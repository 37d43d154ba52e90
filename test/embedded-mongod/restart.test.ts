import { readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import t from 'tap'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { startEmbeddedMongod } from '../../src/embedded-mongod/start.js'
import { insertNote, mongodOn, noteIds, until } from '../mongod-on.js'

const binary = await findMongod({ binary: process.env.MONGOD_BINARY, log: (line) => t.comment(line) })
const log = () => undefined

t.test('a replica set of one on loopback, which keeps its data and works on another port after a restart', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const first = await startEmbeddedMongod({ dataDir: join(dataDir, 'made', 'here'), binary, log })
  const client = new MongoClient(first.uri)
  const hello = await client.db('admin').command({ hello: 1 })
  const { parsed } = await client.db('admin').command({ getCmdLineOpts: 1 }) as unknown as { parsed: { net: { bindIp: string } } }
  await client.close()
  t.match(hello, { isWritablePrimary: true, setName: 'rs0', hosts: [new URL(first.uri).host] })
  t.equal(parsed.net.bindIp, '127.0.0.1')
  await insertNote(first.uri, 'first')
  await first.stop()
  await first.stop()
  t.equal(await mongodOn(join(dataDir, 'made', 'here')), undefined)

  const second = await startEmbeddedMongod({ dataDir: join(dataDir, 'made', 'here'), binary, log })
  t.teardown(() => second.stop(0))
  t.not(second.uri, first.uri, 'another port')
  await insertNote(second.uri, 'second')
  t.same(await noteIds(second.uri), ['first', 'second'])
  t.same(readdirSync(join(dataDir, 'made', 'here')).filter((name) => name.startsWith('mongod.log')).sort(), ['mongod.log', 'mongod.log.1'])
})

t.test('a mongod that dies while it is needed runs again on the same port, with its data', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const lines: string[] = []
  const mongod = await startEmbeddedMongod({ dataDir, binary, log: (line) => lines.push(line) })
  t.teardown(() => mongod.stop(0))
  await insertNote(mongod.uri, 'before')
  for (const times of [1, 2]) {
    const running = await mongodOn(dataDir)
    if (!running) throw new Error('no mongod runs')
    process.kill(running.pid, 'SIGKILL')
    await until(() => lines.length === 2 * times)
    t.equal((await mongodOn(dataDir))?.uri, mongod.uri)
    await insertNote(mongod.uri, `after ${times}`)
  }
  t.same(await noteIds(mongod.uri), ['after 1', 'after 2', 'before'])
  const port = new URL(mongod.uri).port
  t.match(lines, [
    /^mongod ended while it was needed \(signal SIGKILL, .*\); it starts again on port \d+ in 200 ms$/, `mongod runs again on port ${port}`,
    /^mongod ended while it was needed \(signal SIGKILL, .*\); it starts again on port \d+ in 400 ms$/, `mongod runs again on port ${port}`
  ])
})

t.test('a mongod that is stopped while it waits to start again stays ended', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const died = new AbortController()
  const mongod = await startEmbeddedMongod({ dataDir, binary, log: () => died.abort() })
  process.kill((await mongodOn(dataDir))?.pid ?? NaN, 'SIGKILL')
  await until(() => died.signal.aborted)
  await mongod.stop()
  t.equal(await mongodOn(dataDir), undefined)
})
