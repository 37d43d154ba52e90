import { ObjectId } from 'mongodb'
import t from 'tap'
import { createNote, openDatabase, openStore, storeModes } from './stores.js'

const day = 86_400

t.test('the index by which tombstones expire follows TOMBSTONE_DAYS', async (t) => {
  const { db } = openDatabase(t)
  const expiry = async () => (await db.collection('notes').indexes()).flatMap(({ expireAfterSeconds, key }) => expireAfterSeconds === undefined ? [] : [{ key, expireAfterSeconds }])
  await openStore(t, { db })
  t.strictSame(await expiry(), [])
  for (const tombstoneDays of [30, 30, 7, 400]) {
    await openStore(t, { db, tombstoneDays })
    t.strictSame(await expiry(), [{ key: { deletedAt: 1 }, expireAfterSeconds: tombstoneDays * day }])
  }
  await openStore(t, { db, tombstoneDays: 0 })
  t.strictSame(await expiry(), [])
})

t.test('several processes may open a collection at once, whatever they change', async (t) => {
  const { db } = openDatabase(t)
  for (const tombstoneDays of [0, 30, 7, 0]) {
    const opened = await Promise.allSettled(Array.from({ length: 6 }, () => openStore(t, { db, tombstoneDays, unique: [{ fields: ['email'] }] })))
    t.strictSame(opened.flatMap((result) => result.status === 'rejected' ? [String(result.reason)] : []), [])
    const expiry = (await db.collection('notes').indexes()).flatMap(({ expireAfterSeconds }) => expireAfterSeconds ?? [])
    t.strictSame(expiry, tombstoneDays > 0 ? [tombstoneDays * day] : [])
  }
})

t.test('only tombstones expire', async (t) => {
  const { db } = openDatabase(t)
  const store = await openStore(t, { db, tombstoneDays: 30 })
  const kept = await createNote(store)
  const id = await createNote(store)
  await store.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' } })
  const expiring = await db.collection('notes').find({ deletedAt: { $type: 'date' } }).toArray()
  t.strictSame(expiring.map(({ _id }) => String(_id)), [id])
  t.match(await store.read(kept), { kind: 'document' })
})

for (const mode of storeModes) {
  t.test(`an id whose tombstone has expired begins again (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const store = await openStore(t, { db, mode, tombstoneDays: 1 })
    const id = await createNote(store)
    await store.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' } })
    t.match(await store.read(id), { kind: 'tombstone', tombstone: { version: 2 } })
    await db.collection('notes').deleteOne({ _id: ObjectId.createFromHexString(id) })
    t.strictSame(await store.write({ id, condition: { kind: 'one-of', versions: [2] }, change: { kind: 'delete' } }), { kind: 'condition-failed', current: { kind: 'missing' } })
    t.match(await store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'again' } } }), { kind: 'done', created: true, document: { version: 1 } })
  })
}

t.test('documents that break a unique index stop the start, with a line that names them', async (t) => {
  const { db } = openDatabase(t)
  const store = await openStore(t, { db })
  await createNote(store, { title: 'A', email: 'ada@example.org' })
  await createNote(store, { title: 'B', email: 'ada@example.org' })
  await t.rejects(openStore(t, { db, unique: [{ fields: ['email'] }] }), { message: /^the documents in notes break the unique index of .*email.*ada@example\.org/ })
  await db.collection('notes').deleteOne({ 'data.title': 'B' })
  await openStore(t, { db, unique: [{ fields: ['email'] }] })
})

t.test('a unique index that was declared in another way stops the start, with a line that says what to do', async (t) => {
  const { db } = openDatabase(t)
  await openStore(t, { db, unique: [{ fields: ['team', 'email'] }] })
  const changed = { db, unique: [{ fields: ['team', 'email'], caseSensitive: false }] }
  const line = 'notes has a unique index of data.team, data.email that was declared in another way (caseSensitive, say): drop it with db.getCollection("notes").dropIndex("data.team_1_data.email_1") in mongosh, and start again'
  await t.rejects(openStore(t, changed), { message: line })
  await db.collection('notes').dropIndex('data.team_1_data.email_1')
  await openStore(t, changed)
})

for (const mode of storeModes) {
  for (const historyLimit of [0, 50]) {
    t.test(`what a process has in memory of an id is none of what the id begins again with (${mode}, history ${historyLimit})`, async (t) => {
      const { db } = openDatabase(t)
      let days = 0
      const open = () => openStore(t, { db, mode, historyLimit, tombstoneDays: 1, now: () => new Date(Date.UTC(2026, 0, 1 + days)) })
      const [one, other] = [await open(), await open()]
      const edit = (store: typeof one, id: string, version: number, values: object, merges = false) => store.write({
        id,
        condition: { kind: 'one-of', versions: [version] },
        change: { kind: 'replace', next: ({ content }) => ({ ...content, ...values }) },
        ...(merges && { merge: { base: version, combine: (base, theirs) => ({ ...theirs.content, ...values, base: base.content.title }) } })
      })
      const id = await createNote(one, { title: 'first life' })
      await edit(one, id, 1, { n: 1 })
      await edit(one, id, 2, { n: 2 })
      await other.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' } })
      await db.collection('notes').deleteOne({ _id: ObjectId.createFromHexString(id) })
      days += 2
      await other.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'second life' } } })
      await edit(other, id, 1, { m: 1 })
      await edit(other, id, 2, { m: 2 })
      t.match(await edit(one, id, 3, { n: 3 }), { kind: 'done', document: { version: 4, content: { title: 'second life', m: 2, n: 3 } } })
      const merged = await edit(one, id, 2, { n: 4 }, true)
      if (historyLimit === 0) t.match(merged, { kind: 'condition-failed' })
      else t.match(merged, { kind: 'done', merged: true, document: { content: { title: 'second life', m: 2, n: 4, base: 'second life' } } })
      t.strictSame((await one.versions(id, 1)).map(({ state }) => state.kind === 'document' && state.document.content.title), historyLimit === 0 ? ['second life'] : Array.from({ length: 5 }, () => 'second life'))
    })
  }
}
