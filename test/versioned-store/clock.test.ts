import t from 'tap'
import { readChange } from '../../src/versioned-store/stored-change.js'
import { openDatabase, openStore, storeModes, type Note } from './stores.js'

for (const mode of storeModes) {
  for (const keptBytes of [0, 1_000_000]) {
    t.test(`times never go back within a document, though the clock does (${mode}, keeping ${keptBytes} bytes)`, async (t) => {
      const { db } = openDatabase(t)
      let clock = new Date('2026-01-01T12:00:00.000Z')
      const store = await openStore(t, { db, mode, keptBytes, historyLimit: 10, now: () => clock })
      const id = '66c0ffee0000000000000001'
      const create = () => store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'A' } } })
      const edit = (version: number, title: string) => store.write({ id, condition: { kind: 'one-of', versions: [version] }, change: { kind: 'replace', next: (): Note => ({ title }) } })
      const remove = (version: number) => store.write({ id, condition: { kind: 'one-of', versions: [version] }, change: { kind: 'delete' }, by: 'ada "the" first' })
      const storedAt = async (): Promise<readonly unknown[]> => {
        const form = await db.collection<{ _id: unknown, createdAt: Date, updatedAt: Date, deletedAt?: Date, change: string }>('notes').findOne({})
        if (form === null) throw new Error('nothing is stored')
        const { createdAt, updatedAt, deletedAt, change } = form
        return [createdAt, updatedAt, deletedAt, readChange(change)]
      }
      const noon = clock
      const later = new Date('2026-01-01T12:00:05.000Z')
      const last = new Date('2026-01-01T12:00:09.000Z')

      t.match(await create(), { kind: 'done' })
      clock = later
      t.match(await edit(1, 'B'), { kind: 'done', document: { updatedAt: later } })
      clock = new Date('2026-01-01T11:00:00.000Z')
      t.match(await edit(2, 'C'), { kind: 'done', document: { createdAt: noon, updatedAt: later } })
      t.match(await remove(3), { kind: 'deleted', tombstone: { version: 4 } })
      t.strictSame(await storedAt(), [noon, later, later, { version: 4, kind: 'deleted', at: later, changed: [''], by: 'ada "the" first' }])
      t.strictSame(await store.read(id), { kind: 'tombstone', tombstone: { id, version: 4, deletedAt: later } })

      t.match(await create(), { kind: 'done', document: { version: 5, createdAt: later, updatedAt: later } })
      clock = last
      t.match(await remove(5), { kind: 'deleted', tombstone: { version: 6 } })
      t.strictSame(await storedAt(), [later, last, last, { version: 6, kind: 'deleted', at: last, changed: [''], by: 'ada "the" first' }])
      t.strictSame((await store.versions(id, 1)).map(({ state }) => state.kind === 'document' ? state.document.updatedAt : state.tombstone.deletedAt), [last, later, later, later, later, noon])
    })
  }
}
