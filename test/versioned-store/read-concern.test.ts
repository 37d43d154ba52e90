import { MongoClient, Timestamp, type Document } from 'mongodb'
import t from 'tap'
import { mongodbUri } from '../mongodb-uri.js'
import { startCuttingProxy } from './cutting-proxy.js'
import { createNote, openDatabase, openStore, storeModes } from './stores.js'

const isFind = ({ find }: Document): boolean => find === 'notes'
const isTime = ({ update }: Document): boolean => update === 'read-times'

t.test('linearizable reads that arrive together ask a majority for the time once, and see all that was before it', async (t) => {
  const proxy = await startCuttingProxy(t, mongodbUri())
  const { db } = openDatabase(t)
  const client = new MongoClient(proxy.uri, { retryWrites: false })
  t.teardown(() => client.close())
  for (const readConcern of ['linearizable', 'majority'] as const) {
    const store = await openStore(t, { db: client.db(db.databaseName), readConcern })
    const ids = await Promise.all(Array.from({ length: 20 }, () => createNote(store)))
    const unknown = await openStore(t, { db: client.db(db.databaseName), readConcern, keptBytes: 0 })
    for (const one of [store, unknown]) {
      proxy.commands.length = 0
      const asked: Promise<Document>[] = readConcern === 'linearizable' ? [proxy.next('update', { answered: (answer) => Promise.resolve(answer) })] : []
      const states = await Promise.all(ids.map((id) => one.read(id)))
      t.match(states, ids.map((id) => ({ document: { id, version: 1, content: { title: 'A' } } })))
      await Promise.all(asked)
      t.equal(proxy.commands.filter(isTime).length, asked.length)
      const [find, ...more] = proxy.commands.filter(isFind)
      t.equal(more.length, 0)
      const { level, afterClusterTime } = find?.readConcern as { level: string, afterClusterTime?: Timestamp }
      t.equal(level, 'majority')
      t.equal(afterClusterTime instanceof Timestamp, readConcern === 'linearizable' || one === store, 'a process that knows nothing asks for no time')
    }
  }
})

t.test('a read asks for no less than the database has told before: what was acknowledged, and what was read', async (t) => {
  const { db } = openDatabase(t)
  const client = new MongoClient(mongodbUri(), { retryWrites: false, monitorCommands: true })
  t.teardown(() => client.close())
  const told: Timestamp[] = []
  const asked: (Timestamp | undefined)[] = []
  client.on('commandSucceeded', ({ commandName, reply }) => { if (['insert', 'update', 'find'].includes(commandName)) told.push((reply as { operationTime: Timestamp }).operationTime) })
  client.on('commandStarted', ({ command }) => { if (isFind(command)) asked.push((command.readConcern as { afterClusterTime?: Timestamp }).afterClusterTime) })
  const store = await openStore(t, { db: client.db(db.databaseName) })
  const id = await createNote(store)
  await store.read(id)
  await store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: { kind: 'replace', next: () => ({ title: 'B' }) } })
  await store.read(id)
  await createNote(await openStore(t, { db }))
  await store.read(id)
  await store.read(id)
  t.equal(told.length, 6)
  const [created, , written, read, again] = told
  t.strictSame(asked, [created, written, read, again])
  t.ok(again?.greaterThan(read ?? again), 'the third read has seen a time that only others had made')
})

for (const mode of storeModes) {
  t.test(`a linearizable read where no majority says the time fails, and a write needs none (${mode})`, async (t) => {
    const proxy = await startCuttingProxy(t, mongodbUri())
    const { db } = openDatabase(t)
    const client = new MongoClient(proxy.uri, { retryWrites: false, retryReads: false })
    t.teardown(() => client.close())
    const store = await openStore(t, { db: client.db(db.databaseName), readConcern: 'linearizable', mode, keptBytes: 0 })
    const id = await createNote(store)
    const cut = proxy.next(mode === 'group' ? 'update' : 'find', { cut: 'answer' })
    await t.rejects(store.read(id), { message: 'the database could not be read: unreachable', reason: 'unreachable' })
    t.match(await cut, mode === 'group' ? { update: 'read-times' } : { find: 'notes', readConcern: { level: 'linearizable' } })
    t.match(await store.write({ id, condition: { kind: 'any' }, change: { kind: 'replace', next: () => ({ title: 'B' }) } }), { kind: 'done', document: { version: 2 } })
    t.match(await store.read(id), { document: { version: 2, content: { title: 'B' } } })
  })
}
