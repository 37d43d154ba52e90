import { ObjectId } from 'mongodb'
import t from 'tap'
import { createNote, openStore, storeModes } from './stores.js'

for (const mode of storeModes) {
  for (const keptBytes of [0, 1_000_000]) {
    t.test(`a document created under an id that was chosen for it (${mode}, keeping ${keptBytes} bytes)`, async (t) => {
      const store = await openStore(t, { mode, keptBytes, writeMs: 2_000 })
      const id = new ObjectId().toHexString()
      t.match(await store.create({ title: 'first' }, { id }), { kind: 'done', created: true, document: { id, version: 1 } })
      const [again, other] = await Promise.all([store.create({ title: 'second' }, { id }), createNote(store)])
      t.match(again, { kind: 'condition-failed', current: { document: { id, version: 1, content: { title: 'first' } } } })
      t.match(await store.read(other), { kind: 'document' }, 'which is nothing to those who are created beside it')
      await store.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' } })
      t.match(await store.create({ title: 'third' }, { id }), { kind: 'done', created: true, document: { id, version: 3, content: { title: 'third' } } })
      t.match(await store.read(id), { document: { version: 3 } })
    })
  }
  t.test(`an id of another form is a TypeError (${mode})`, async (t) => {
    const store = await openStore(t, { mode })
    await t.rejects(store.read('slug'), new TypeError('an id of notes is 24 hexadecimal digits'))
    t.throws(() => store.create({ title: 'A' }, { id: 'slug' }), TypeError)
    t.throws(() => store.write({ id: `${new ObjectId().toHexString()}0`, condition: { kind: 'any' }, change: { kind: 'delete' } }), TypeError)
  })
}
