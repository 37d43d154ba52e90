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
      t.equal(afterClusterTime instanceof Timestamp, readConcern === 'linearizable')
    }
  }
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
