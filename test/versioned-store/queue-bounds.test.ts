import { once } from 'node:events'
import { MongoClient } from 'mongodb'
import t from 'tap'
import { mongodbUri } from '../mongodb-uri.js'
import { startCuttingProxy } from './cutting-proxy.js'
import { createNote, openDatabase, openStore, storeModes } from './stores.js'

const set = (title: string) => ({ kind: 'replace', next: () => ({ title }) }) as const
const versionOne = { kind: 'one-of', versions: [1] } as const

t.test('the bounds of the queue of writes', async (t) => {
  const proxy = await startCuttingProxy(t, mongodbUri())
  const { db } = openDatabase(t)
  const client = new MongoClient(proxy.uri, { retryWrites: false })
  t.teardown(() => client.close())
  const direct = await openStore(t, { db })
  const gate = () => {
    let open = () => {}
    const opened = new Promise<void>((resolve) => { open = resolve })
    return { open, opened }
  }

  t.test('in number and in bytes: what is over is not applied, then or later', async (t) => {
    for (const [limits, size] of [[{ queueItems: 2 }, 10], [{ queueBytes: 250_000 }, 100_000]] as const) {
      const store = await openStore(t, { db: client.db(db.databaseName), limits: { commands: 1, slowAfterMs: 1_000_000, ...limits } })
      const ids: string[] = []
      for (let i = 0; i < 4; i++) ids.push(await createNote(store))
      const write = (id: string | undefined) => store.write({ id: id ?? '', condition: versionOne, change: set('x'.repeat(size)) })
      const { open, opened } = gate()
      const arrived = new Promise<void>((resolve) => { void proxy.next('update', { before: () => { resolve(); return opened } }) })
      const first = write(ids[0])
      await arrived
      const waiting = [write(ids[1]), write(ids[2])]
      t.strictSame(await write(ids[3]), { kind: 'not-applied', reason: 'overloaded' })
      open()
      t.match(await Promise.all([first, ...waiting]), [{ kind: 'done' }, { kind: 'done' }, { kind: 'done' }])
      t.match(await direct.read(ids[3] ?? ''), { document: { version: 1 } })
    }
  })

  t.test('in age, and by who has hung up: not applied, then or later', async (t) => {
    const store = await openStore(t, { db: client.db(db.databaseName), limits: { commands: 1, slowAfterMs: 1_000_000, queueMs: 100 } })
    const ids: string[] = []
    for (let i = 0; i < 4; i++) ids.push(await createNote(store))
    const hungUp = new AbortController()
    const write = (id: string | undefined, signal?: AbortSignal) => store.write({ id: id ?? '', condition: versionOne, change: set('yours'), signal })
    const { open, opened } = gate()
    const arrived = new Promise<void>((resolve) => { void proxy.next('update', { before: () => { resolve(); return opened } }) })
    const sent = write(ids[0], hungUp.signal)
    await arrived
    t.strictSame(await write(ids[1]), { kind: 'not-applied', reason: 'unreachable' })
    const waiting = [write(ids[2], hungUp.signal), write(ids[3])]
    hungUp.abort()
    open()
    t.match(await Promise.all([sent, ...waiting]), [{ kind: 'done' }, { kind: 'not-applied', reason: 'hung-up' }, { kind: 'done' }])
    t.match(await Promise.all(ids.map((id) => direct.read(id))), [2, 1, 1, 2].map((version) => ({ document: { version } })))
  })
})

for (const mode of storeModes) {
  t.test(`a database that nobody can reach (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const id = await createNote(await openStore(t, { db }))
    const proxy = await startCuttingProxy(t, mongodbUri())
    const client = new MongoClient(proxy.uri, { retryWrites: false, serverSelectionTimeoutMS: 100, heartbeatFrequencyMS: 500, minHeartbeatFrequencyMS: 20 })
    t.teardown(() => client.close())
    const store = await openStore(t, { db: client.db(db.databaseName), mode })
    await store.read(id)
    const noticed = once(client, 'connectionPoolCleared')
    await proxy.close()
    await noticed
    t.strictSame(await Promise.all([
      store.write({ id, condition: { kind: 'any' }, change: set('yours') }),
      store.write({ id, condition: versionOne, change: { kind: 'delete' } }),
      store.create({ title: 'yours' })
    ]), Array.from({ length: 3 }, () => ({ kind: 'not-applied', reason: 'unreachable' })))
    await t.rejects(store.read(id), { message: 'the database could not be read: unreachable', reason: 'unreachable' })
    await t.rejects(store.list(10), { message: 'the database could not be read: unreachable', reason: 'unreachable' })
  })
}
