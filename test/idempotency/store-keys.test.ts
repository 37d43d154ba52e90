import t from 'tap'
import type { Write } from '../../src/versioned-store/write.js'
import { mongodbUri } from '../mongodb-uri.js'
import { startCuttingProxy } from '../versioned-store/cutting-proxy.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from '../versioned-store/stores.js'

const edit = (id: string, write: Partial<Write<Note>>, content: Note): Write<Note> => ({ id, condition: { kind: 'any' }, change: { kind: 'replace', next: () => content }, ...write })

for (const mode of storeModes) {
  t.test(`a write with a key is done once, and its outcome is that of then (${mode})`, async (t) => {
    for (const keptBytes of [0, 1_000_000]) {
      const { db } = openDatabase(t)
      const stores = [await openStore(t, { db, mode, keptBytes, historyLimit: 50 }), await openStore(t, { db, mode, keptBytes, historyLimit: 50 })] as const
      const id = await createNote(stores[0])
      const write = edit(id, { key: 'k' }, { title: 'B' })
      const first = await stores[0].write(write)
      t.match(first, { kind: 'done', document: { version: 2, content: { title: 'B' } }, changed: true, created: false })
      await stores[0].write(edit(id, {}, { title: 'C' }))
      for (const store of stores) t.strictSame(await store.write(write), first)
      t.match(await stores[1].write(edit(id, { key: 'other' }, { title: 'D' })), { kind: 'done', document: { version: 4 } })
      const buried = await stores[0].write({ id, condition: { kind: 'any' }, change: { kind: 'delete' }, key: 'd' })
      await stores[0].write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'again' } } })
      for (const store of stores) {
        t.strictSame(await store.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' }, key: 'd' }), buried, 'also over delete and re-creation')
        t.strictSame(await store.write(write), first)
      }
      t.match(await stores[0].read(id), { kind: 'document', document: { version: 6, content: { title: 'again' } } })
    }
  })
}

t.test('a write that was done, as a version that cannot be read just now, is unknown, not "not applied"', async (t) => {
  const { db } = openDatabase(t)
  const store = await openStore(t, { db, historyLimit: 100 })
  const id = await createNote(store)
  const write = edit(id, { key: 'k' }, { title: 'B' })
  await store.write(write)
  for (let n = 0; n < 40; n++) await store.write(edit(id, {}, { title: `edit ${n}` }))
  await store.close()
  const proxy = await startCuttingProxy(t, mongodbUri())
  const { client } = openDatabase(t, {}, proxy.uri)
  const other = await openStore(t, { db: client.db(db.databaseName), historyLimit: 100, keptBytes: 0, mode: 'group' })
  const see = proxy.each('find', { before: () => { if (proxy.commands.at(-1)?.find === 'notes.revisions') throw new Error('cut off'); return Promise.resolve() } })
  t.strictSame(await other.write(write), { kind: 'unknown' })
  see()
  t.match(await other.write(write), { kind: 'done', document: { version: 2, content: { title: 'B' } } })
})
