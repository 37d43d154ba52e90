import t from 'tap'
import type { IdForm } from '../../src/versioned-store/id-form.js'
import type { ListPosition } from '../../src/versioned-store/list.js'
import { createNote, openDatabase, openStore } from './stores.js'

t.test('pages go through all documents once, the one created last first, and leave tombstones out', async (t) => {
  const times = [3, 1, 2, 2, 2, 5, 4]
  let created = 0
  const store = await openStore(t, { now: () => new Date(Date.UTC(2026, 0, times[created])) })
  const ids: string[] = []
  for (; created < times.length; created++) ids.push(await createNote(store, { title: `${created}` }))
  await store.write({ id: ids[2] ?? '', condition: { kind: 'any' }, change: { kind: 'delete' } })
  for (const limit of [1, 2, 3, 6, 7]) {
    const titles: string[] = []
    let after: ListPosition | undefined
    let pages = 0
    do {
      const page = await store.list(limit, after)
      t.ok(page.documents.length <= limit)
      titles.push(...page.documents.map(({ content }) => content.title))
      after = page.next
      pages++
    } while (after !== undefined)
    t.strictSame(titles, ['5', '6', '0', '4', '3', '1'])
    t.equal(pages, Math.ceil(6 / limit), 'the last page says that it is the last')
  }
})

t.test('a page of an empty collection', async (t) => {
  const store = await openStore(t)
  const { documents, next } = await store.list(10)
  t.strictSame({ documents, next }, { documents: [], next: undefined })
})

t.test('ids may have another form', async (t) => {
  let count = 0
  const slugs: IdForm = { description: 'letters, digits and -', parse: (id) => /^[a-z0-9-]+$/.test(id) ? id : undefined, generate: () => `note-${++count}` }
  const { db } = openDatabase(t)
  const store = await openStore(t, { db, idForm: slugs })
  t.equal(await createNote(store), 'note-1')
  t.match(await store.write({ id: 'my-note', condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'B' } } }), { kind: 'done', document: { id: 'my-note', version: 1 } })
  t.match(await store.read('my-note'), { kind: 'document', document: { id: 'my-note', content: { title: 'B' } } })
  t.equal((await store.list(10)).documents.length, 2)
  await t.rejects(store.read('My note'), new TypeError('an id of notes is letters, digits and -'))
  count = 0
  t.match(await store.create({ title: 'C' }), { kind: 'condition-failed', current: { document: { id: 'note-1' } } }, 'a new id that is taken overwrites nothing')
})

t.test('a list that can\'t be read for another reason than a database that doesn\'t answer says so', async (t) => {
  const { db } = openDatabase(t)
  const store = await openStore(t, { db })
  await db.collection('notes').dropIndexes()
  await t.rejects(store.list(10), { name: 'MongoServerError', message: /hint/ })
})
