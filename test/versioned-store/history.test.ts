import t from 'tap'
import fc from 'fast-check'
import type { JsonObject } from '../../src/merge/json.js'
import type { VersionedStore } from '../../src/versioned-store/versioned-store.js'
import type { Write } from '../../src/versioned-store/write.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'

type Seen = { version: number, by?: string, created?: true, content: JsonObject | 'deleted' }

const seen = async (store: VersionedStore<Note>, id: string, from = 1): Promise<Seen[]> =>
  (await store.versions(id, from)).map(({ state, ...author }) => state.kind === 'document'
    ? { version: state.document.version, ...author, content: state.document.content }
    : { version: state.tombstone.version, ...author, content: 'deleted' })

const edit = (id: string, version: number, content: Note, by?: string): Write<Note> =>
  ({ id, condition: { kind: 'one-of', versions: [version] }, change: { kind: 'replace', next: () => content }, by })

for (const mode of storeModes) {
  t.test(`history (${mode})`, (t) => {
    t.test('gives back every version, with who made it, over delete and re-creation', async (t) => {
      for (const keptBytes of [0, 1_000_000]) {
        const store = await openStore(t, { mode, historyLimit: 50, keptBytes })
        const id = await createNote(store, { title: 'A', n: 1 })
        await store.write(edit(id, 1, { title: 'A', n: 2, tags: ['x'] }, 'ada'))
        await store.write(edit(id, 2, { title: 'B' }, 'bob'))
        await store.write({ id, condition: { kind: 'one-of', versions: [3] }, change: { kind: 'delete' }, by: 'cy' })
        await store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'again' } }, by: 'dee' })
        t.strictSame(await seen(store, id), [
          { version: 5, by: 'dee', created: true, content: { title: 'again' } },
          { version: 4, by: 'cy', content: 'deleted' },
          { version: 3, by: 'bob', content: { title: 'B' } },
          { version: 2, by: 'ada', content: { title: 'A', n: 2, tags: ['x'] } },
          { version: 1, created: true, content: { title: 'A', n: 1 } }
        ])
        t.strictSame((await seen(store, id, 4)).map(({ version }) => version), [5, 4])
        t.strictSame(await seen(store, '00000000000000000000abcd'), [])
      }
    })

    t.test('a buried document comes back by the version of its tombstone, and by no other', async (t) => {
      const store = await openStore(t, { mode, historyLimit: 50 })
      const id = await createNote(store)
      await store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: { kind: 'delete' } })
      const back = (version: number): Write<Note> => ({ id, condition: { kind: 'buried', version }, change: { kind: 'create', content: { title: 'back' } } })
      t.match(await store.write(back(1)), { kind: 'condition-failed', current: { kind: 'tombstone', tombstone: { version: 2 } } })
      t.match(await store.write(back(2)), { kind: 'done', created: true, document: { version: 3 } })
      t.match(await store.write(back(2)), { kind: 'condition-failed', current: { kind: 'document', document: { version: 3 } } })
    })

    t.test('keeps as many versions as the limit says, while the document stays small', async (t) => {
      const { db } = openDatabase(t)
      const store = await openStore(t, { db, mode, historyLimit: 20 })
      const id = await createNote(store, { title: 'A', n: 0, body: 'x'.repeat(1000) })
      for (let version = 1; version <= 100; version++) {
        await store.write(edit(id, version, { title: 'A', n: version, body: `${version} `.repeat(200) }))
        await store.close()
      }
      const versions = await seen(store, id)
      t.strictSame(versions.map(({ version, content }) => [version, content !== 'deleted' && content.n]), Array.from({ length: 20 }, (_, i) => [101 - i, 100 - i]))
      const [stored] = await db.collection('notes').aggregate([{ $project: { size: { $bsonSize: '$$ROOT' } } }]).toArray()
      t.ok(stored?.size < 20_000, `${stored?.size} bytes`)
      const pages = await db.collection<{ revisions: unknown[] }>('notes.revisions').find().toArray()
      const kept = pages.reduce((sum, { revisions }) => sum + revisions.length, 0)
      t.ok(kept > 0 && kept <= 40, `${kept} revisions`)
    })

    t.test('is bounded in bytes', async (t) => {
      const { db } = openDatabase(t)
      const store = await openStore(t, { db, mode, historyLimit: 1000, historyBytes: 100_000 })
      const id = await createNote(store, { title: 'A' })
      for (let version = 1; version <= 60; version++) {
        await store.write(edit(id, version, { title: 'A', body: `${version % 10}`.repeat(10_000) }))
        await store.close()
      }
      const pages = await db.collection<{ bytes: number }>('notes.revisions').find().toArray()
      const bytes = pages.reduce((sum, page) => sum + page.bytes, 0)
      t.ok(bytes > 0 && bytes <= 120_000, `${bytes} bytes`)
      const versions = await seen(store, id)
      t.ok(versions.length >= 5 && versions.length < 20, `${versions.length} versions`)
      t.ok(versions.every(({ version, content }) => content !== 'deleted' && (version === 1 || content.body === `${(version - 1) % 10}`.repeat(10_000))))
    })

    t.test('500 random changes, deletes and re-creations: every version is just what was stored', async (t) => {
      const { db } = openDatabase(t)
      const open = (keptBytes: number) => openStore(t, { db, mode, historyLimit: 1000, keptBytes })
      const stores = [await open(0), await open(1_000_000)] as const
      const id = '00000000000000000000beef'
      const history: Seen[] = []
      const content = fc.record({ title: fc.constantFrom('A', 'B'), n: fc.integer({ max: 3 }), tags: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }), ['__proto__']: fc.constantFrom(1, 2) }, { requiredKeys: ['title'], noNullPrototype: true }) as fc.Arbitrary<Note>
      const changes = fc.sample(fc.tuple(content, fc.nat({ max: 9 }), fc.constantFrom(0 as const, 1 as const), fc.constantFrom('ada', 'bob')), { numRuns: 500, seed: 7 })
      for (const [next, dice, which, by] of changes) {
        const store = stores[which]
        const last = history.at(-1)
        const write: Write<Note> = last === undefined || last.content === 'deleted'
          ? { id, condition: { kind: 'absent' }, change: { kind: 'create', content: next }, by }
          : dice === 0
            ? { id, condition: { kind: 'one-of', versions: [last.version] }, change: { kind: 'delete' }, by }
            : edit(id, last.version, next, by)
        const outcome = await store.write(write)
        if (outcome.kind === 'deleted') history.push({ version: outcome.tombstone.version, by, content: 'deleted' })
        else if (outcome.kind !== 'done') throw new Error(outcome.kind)
        else if (outcome.changed) history.push({ version: outcome.document.version, by, ...(outcome.created && { created: true }), content: next })
      }
      await Promise.all(stores.map((store) => store.close()))
      t.strictSame(await seen(stores[0], id), history.reverse())
      t.ok(await db.collection('notes.revisions').countDocuments() > 0)
    })
    t.end()
  })
}

t.test('merges', (t) => {
  const field = (name: string, value: number, base: number): Write<Note> => ({
    id: '',
    condition: { kind: 'one-of', versions: [base] },
    change: { kind: 'replace', next: ({ content }) => ({ ...content, [name]: value }) },
    merge: { base, combine: (base, theirs) => base.content[name] === theirs.content[name] ? { ...theirs.content, [name]: value } : undefined }
  })
  for (const mode of storeModes) {
    for (const keptBytes of [0, 1_000_000]) {
      t.test(`${mode}, keeping ${keptBytes} bytes`, async (t) => {
        const store = await openStore(t, { mode, historyLimit: 100, keptBytes })
        const id = await createNote(store)
        t.match(await store.write({ ...field('a', 1, 1), id }), { kind: 'done', document: { version: 2 } })
        t.match(await store.write({ ...field('b', 1, 1), id }), { kind: 'done', merged: true, document: { version: 3, content: { title: 'A', a: 1, b: 1 } } })
        t.match(await store.write({ ...field('a', 2, 1), id }), { kind: 'condition-failed', current: { document: { version: 3 } } })
        const outcomes = await Promise.all(Array.from({ length: 40 }, (_, i) => store.write({ ...field(`f${i}`, i, 1), id })))
        t.strictSame(outcomes.map(({ kind }) => kind), outcomes.map(() => 'done'))
        t.strictSame(outcomes.map((outcome) => outcome.kind === 'done' && outcome.document.version).sort((a, b) => Number(a) - Number(b)), outcomes.map((_, i) => i + 4))
        t.match(await store.read(id), { document: { version: 43, content: Object.fromEntries(outcomes.map((_, i) => [`f${i}`, i])) } })
        t.equal((await store.versions(id, 1)).length, 43)
      })
    }
  }

  t.test('a clash is told at once, though others go on changing the document', async (t) => {
    const store = await openStore(t, { historyLimit: 1000 })
    const id = await createNote(store)
    await store.write({ ...field('a', 1, 1), id })
    let done = 0
    const editors = Array.from({ length: 8 }, async (_, i) => {
      for (let n = 0, base = 2; n < 30; n++) {
        const outcome = await store.write({ ...field(`f${i}`, n, base), id })
        if (outcome.kind !== 'done') throw new Error(outcome.kind)
        base = outcome.document.version
        done++
      }
    })
    t.match(await store.write({ ...field('a', 2, 1), id }), { kind: 'condition-failed' })
    t.ok(done < 100, `after ${done} of 240 edits`)
    await Promise.all(editors)
    t.match(await store.read(id), { document: { version: 242 } })
  })

  t.test('not where history no longer holds the base, or is not kept', async (t) => {
    for (const historyLimit of [0, 2]) {
      const store = await openStore(t, { historyLimit })
      const id = await createNote(store)
      for (const version of [1, 2, 3, 4]) await store.write(edit(id, version, { title: 'A', n: version }))
      const outcome = await store.write({ ...field('a', 1, 1), id })
      t.match(outcome, historyLimit === 0 ? { kind: 'condition-failed' } : { kind: 'done' })
    }
  })

  t.test('two services on one document: all merges of both are there', async (t) => {
    const { db } = openDatabase(t)
    const open = () => openStore(t, { db, historyLimit: 500 })
    const stores = [await open(), await open()] as const
    const id = await createNote(stores[0])
    const outcomes = await Promise.all(Array.from({ length: 60 }, (_, i) => stores[i % 2 === 0 ? 0 : 1].write({ ...field(`f${i}`, i, 1), id })))
    t.strictSame(outcomes.map((outcome) => outcome.kind), outcomes.map(() => 'done'))
    t.match(await stores[0].read(id), { document: { version: 61, content: Object.fromEntries(outcomes.map((_, i) => [`f${i}`, i])) } })
  })
  t.end()
})
