import { ObjectId } from 'mongodb'
import t from 'tap'
import type { Write } from '../../src/versioned-store/write.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'

// What a store keeps of a document is behind as soon as another process writes: nothing may be told from it alone.
for (const mode of storeModes) {
  t.test(`content that is kept and behind decides nothing (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const [store, other] = [await openStore(t, { db, mode }), await openStore(t, { db, mode })]
    /** A note that `store` keeps as version 1, and that is stored as version 2. */
    const behind = async (): Promise<string> => {
      const id = await createNote(store)
      t.match(await other.write({ id, condition: { kind: 'any' }, change: { kind: 'replace', next: () => ({ title: 'theirs' }) } }), { kind: 'done', document: { version: 2 } })
      return id
    }
    const theirs = { kind: 'condition-failed', current: { document: { version: 2, content: { title: 'theirs' } } } }
    const failing: Write<Note>['change'] = { kind: 'replace', next: ({ content }) => { if (content.title === 'A') throw new Error('not on A'); return { title: 'yours' } } }

    t.test('an error that the change throws for it', async (t) => {
      t.match(await store.write({ id: await behind(), condition: { kind: 'one-of', versions: [1] }, change: failing }), theirs)
      t.match(await store.write({ id: await behind(), condition: { kind: 'any' }, change: failing }), { kind: 'done', document: { version: 3, content: { title: 'yours' } } })
    })

    t.test('a change that changes nothing in it', async (t) => {
      const same: Write<Note>['change'] = { kind: 'replace', next: () => ({ title: 'A' }) }
      t.match(await store.write({ id: await behind(), condition: { kind: 'one-of', versions: [1] }, change: same }), theirs)
      t.match(await store.write({ id: await behind(), condition: { kind: 'any' }, change: same }), { kind: 'done', changed: true, document: { version: 3 } })
    })

    t.test('a condition that it does not meet', async (t) => {
      const change: Write<Note>['change'] = { kind: 'replace', next: () => ({ title: 'yours' }) }
      t.match(await store.write({ id: await behind(), condition: { kind: 'one-of', versions: [2] }, change }), { kind: 'done', document: { version: 3 } })
      t.match(await store.write({ id: await behind(), condition: { kind: 'any', holds: ({ content }) => content.title === 'theirs' }, change }), { kind: 'done', document: { version: 3 } })
      t.match(await store.write({ id: await behind(), condition: { kind: 'any', holds: ({ content }) => content.title === 'A' }, change }), theirs)
    })

    t.test('a document that has been deleted, and come back', async (t) => {
      const id = await behind()
      const change: Write<Note>['change'] = { kind: 'create', content: { title: 'again' } }
      await other.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' } })
      t.match(await store.write({ id, condition: { kind: 'absent' }, change }), { kind: 'done', created: true, document: { version: 4 } })
      await other.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' } })
      await other.write({ id, condition: { kind: 'absent' }, change })
      t.match(await store.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' } }), { kind: 'deleted', tombstone: { version: 7 } })
    })
  })
}

for (const mode of storeModes) {
  t.test(`what is kept of a version is no base where that version has another content now, as after a backup was restored (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const store = await openStore(t, { db, mode })
    const id = await createNote(store)
    const restored = { title: 'restored', more: 'kept by the change' }
    await db.collection('notes').updateOne({ _id: new ObjectId(id) }, { $set: { data: restored, writes: ['of another life'] } })
    const outcome = await store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: { kind: 'replace', next: ({ content }) => ({ ...content, title: 'yours' }) } })
    t.match(outcome, { kind: 'done', document: { version: 2, content: { title: 'yours', more: 'kept by the change' } } })
    t.match(await db.collection('notes').findOne({ _id: new ObjectId(id) }), { version: 2, data: { title: 'yours', more: 'kept by the change' } })
  })
}
