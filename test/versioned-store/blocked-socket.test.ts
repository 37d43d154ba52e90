import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import t from 'tap'
import { startFaultMongod } from './fault-mongod.js'
import { createNote, openDatabase, openStore } from './stores.js'

t.test('a command that could not leave whole is over some time, and writes of its documents go on', async (t) => {
  const mongod = await startFaultMongod(t)
  const { db } = openDatabase(t, {}, mongod.uri)
  const client = new MongoClient(mongod.uri, { retryWrites: false, socketTimeoutMS: 500, serverSelectionTimeoutMS: 1_000 })
  t.teardown(() => client.close())
  const store = await openStore(t, { db: client.db(db.databaseName), writeMs: 500 })
  const id = await createNote(store)
  const write = (title: string) => store.write({ id, condition: { kind: 'any' }, change: { kind: 'replace', next: () => ({ title }) } })
  await store.read(id)
  mongod.freeze()
  // More than what waits on the way to a process that reads nothing.
  t.match(await write('x'.repeat(14_000_000)), { kind: 'unknown' })
  mongod.thaw()
  for (let tries = 0; tries < 60; tries++) {
    const { kind } = await write('y')
    if (kind === 'done') break
    await delay(200)
  }
  t.match(await store.read(id), { document: { content: { title: 'y' } } })
})
