import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import t from 'tap'
import type { VersionedStore } from '../../src/versioned-store/versioned-store.js'
import { startFaultMongod } from './fault-mongod.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'

t.test('a primary that is frozen', async (t) => {
  const mongod = await startFaultMongod(t)
  for (const mode of storeModes) {
    t.test(mode, async (t) => {
      const { db } = openDatabase(t, {}, mongod.uri)
      const direct = await openStore(t, { db })
      const open = async (writeMs: number): Promise<VersionedStore<Note>> => {
        const client = new MongoClient(mongod.uri, { retryWrites: false, socketTimeoutMS: 800, connectTimeoutMS: 800, serverSelectionTimeoutMS: 800, waitQueueTimeoutMS: 5_000, heartbeatFrequencyMS: 500, minHeartbeatFrequencyMS: 20 })
        t.teardown(() => client.close())
        return openStore(t, { db: client.db(db.databaseName), mode, writeMs, limits: { commands: 1, queueMs: 300 } })
      }
      const write = (store: VersionedStore<Note>, id: string) => store.write({ id, condition: { kind: 'any' }, change: { kind: 'replace', next: () => ({ title: 'yours' }) } })
      const known = async (store: VersionedStore<Note>, count: number): Promise<string[]> => {
        const ids = await Promise.all(Array.from({ length: count }, () => createNote(direct)))
        await Promise.all(ids.map((id) => store.read(id)))
        return ids
      }
      /** Resolves when mongod has done all that was sent to it: each command still on its way is an active operation. */
      const quiet = async () => {
        for (let calm = 0; calm < 3;) {
          await delay(20)
          const { inprog } = await mongod.admin.command({ currentOp: true, active: true, ns: `${db.databaseName}.notes` }) as { inprog: unknown[] }
          calm = inprog.length === 0 ? calm + 1 : 0
        }
      }

      t.test('longer than a write may take: what is said to be not applied never is, and nothing is said to be done', async (t) => {
        const store = await open(1_200)
        const ids = await known(store, 12)
        mongod.freeze()
        const first = ids.slice(0, 6).map((id) => write(store, id))
        await delay(10)
        const outcomes = await Promise.all([...first, ...ids.slice(6).map((id) => write(store, id))])
        await t.rejects(store.read(ids[0] ?? ''), { name: 'Error', message: /the database could not be read/ })
        mongod.thaw()
        await quiet()
        const kinds = new Set(outcomes.map(({ kind }) => kind))
        t.ok(kinds.has('unknown'), 'what had left is unknown')
        for (const [i, { kind }] of outcomes.entries()) {
          const current = await direct.read(ids[i] ?? '')
          const version = current.kind === 'document' ? current.document.version : 0
          if (kind === 'not-applied') t.equal(version, 1)
          else {
            t.equal(kind, 'unknown')
            t.ok(version === 1 || version === 2)
          }
        }
      })

      t.test('for ever: what became of a write is unknown in the end, however long the driver would wait', async (t) => {
        const client = new MongoClient(mongod.uri, { retryWrites: false, socketTimeoutMS: 600_000 })
        t.teardown(() => client.close())
        const store = await openStore(t, { db: client.db(db.databaseName), mode, writeMs: 100 })
        const [id = ''] = await known(store, 1)
        mongod.freeze()
        const { kind } = await write(store, id)
        mongod.thaw()
        t.equal(kind, 'unknown')
        await quiet()
        t.match(await direct.read(id), { document: { version: 2 } })
      })

      t.test('shorter: every write is done, once', async (t) => {
        const store = await open(20_000)
        const ids = await known(store, 12)
        mongod.freeze()
        const writes = ids.map((id) => write(store, id))
        const thawed = delay(1_200).then(mongod.thaw)
        t.match(await Promise.all(writes), ids.map(() => ({ kind: mode === 'group' ? 'done' : /done|not-applied/ })))
        await thawed
        await quiet()
        const outcomes = await Promise.all(writes)
        for (const [i, { kind }] of outcomes.entries()) t.match(await direct.read(ids[i] ?? ''), { document: { version: kind === 'done' ? 2 : 1 } })
      })
    })
  }
})
