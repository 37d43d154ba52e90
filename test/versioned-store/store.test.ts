import t from 'tap'
import type { Write, WriteCondition } from '../../src/versioned-store/write.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'

const neverThere = '665544332211665544332211'
const one = (...versions: number[]): WriteCondition<Note> => ({ kind: 'one-of', versions })
const set = (content: Note): Write<Note>['change'] => ({ kind: 'replace', next: () => content })

for (const mode of storeModes) {
  for (const keptBytes of [0, 1_000_000]) {
    t.test(`a store (${mode}, keeping ${keptBytes} bytes)`, async (t) => {
      const { db } = openDatabase(t)
      const at = new Date('2026-01-01T00:00:00.000Z')
      const store = await openStore(t, { db, mode, keptBytes, now: () => at })

      t.test('creates as version 1 and reads it back', async (t) => {
        const outcome = await store.create({ title: 'A' })
        if (outcome.kind !== 'done') throw new Error(outcome.kind)
        const { document } = outcome
        t.strictSame(outcome, { kind: 'done', changed: true, created: true, document: { id: document.id, version: 1, createdAt: at, updatedAt: at, content: { title: 'A' } } })
        t.strictSame(await store.read(document.id), { kind: 'document', document })
        t.strictSame(await store.read(neverThere), { kind: 'missing' })
      })

      t.test('writes where the version matches, once', async (t) => {
        const id = await createNote(store)
        const done = await store.write({ id, condition: one(1), change: set({ title: 'B' }) })
        t.strictSame(done, { kind: 'done', changed: true, created: false, document: { id, version: 2, createdAt: at, updatedAt: at, content: { title: 'B' } } })
        const stale = await store.write({ id, condition: one(1), change: set({ title: 'C' }) })
        t.strictSame(stale, { kind: 'condition-failed', current: { kind: 'document', document: { id, version: 2, createdAt: at, updatedAt: at, content: { title: 'B' } } } })
        t.match(await store.write({ id, condition: one(9), change: set({ title: 'C' }) }), { kind: 'condition-failed', current: { document: { version: 2 } } })
        t.match(await store.write({ id, condition: one(), change: set({ title: 'C' }) }), { kind: 'condition-failed', current: { document: { version: 2 } } })
        t.match(await store.write({ id, condition: one(1, 2), change: set({ title: 'C' }) }), { kind: 'done', document: { version: 3 } })
        t.match(await store.write({ id, condition: { kind: 'any' }, change: set({ title: 'D' }) }), { kind: 'done', document: { version: 4, content: { title: 'D' } } })
        t.match(await store.write({ id, condition: { kind: 'any', holds: ({ version }) => version !== 4 }, change: set({ title: 'E' }) }), { kind: 'condition-failed', current: { document: { version: 4 } } })
      })

      t.test('a change that changes nothing keeps the version, and is judged by the version that matched', async (t) => {
        const id = await createNote(store, { title: 'A', tags: ['x'] })
        t.match(await store.write({ id, condition: one(1), change: set({ tags: ['x'], title: 'A' }) }), { kind: 'done', changed: false, document: { version: 1 } })
        t.match(await store.write({ id, condition: one(2), change: set({ tags: ['x'], title: 'A' }) }), { kind: 'condition-failed', current: { document: { version: 1 } } })
      })

      t.test('what is not there is neither written nor created', async (t) => {
        for (const condition of [one(1), { kind: 'any' } as const]) {
          t.strictSame(await store.write({ id: neverThere, condition, change: set({ title: 'X' }) }), { kind: 'condition-failed', current: { kind: 'missing' } })
          t.strictSame(await store.write({ id: neverThere, condition, change: { kind: 'delete' } }), { kind: 'condition-failed', current: { kind: 'missing' } })
        }
        t.equal(await db.collection<{ _id: unknown, version?: number }>('notes').countDocuments({ version: { $exists: false } }), 0)
      })

      t.test('versions go on over delete and re-creation', async (t) => {
        const id = await createNote(store)
        await store.write({ id, condition: one(1), change: set({ title: 'B' }) })
        t.strictSame(await store.write({ id, condition: one(1), change: { kind: 'delete' } }), { kind: 'condition-failed', current: { kind: 'document', document: { id, version: 2, createdAt: at, updatedAt: at, content: { title: 'B' } } } })
        t.strictSame(await store.write({ id, condition: one(2), change: { kind: 'delete' } }), { kind: 'deleted', tombstone: { id, version: 3, deletedAt: at } })
        const buried = { kind: 'tombstone', tombstone: { id, version: 3, deletedAt: at } }
        t.strictSame(await store.read(id), buried)
        for (const condition of [one(2), one(3), { kind: 'any' } as const]) {
          t.strictSame(await store.write({ id, condition, change: set({ title: 'ghost' }) }), { kind: 'condition-failed', current: buried })
          t.strictSame(await store.write({ id, condition, change: { kind: 'delete' } }), { kind: 'condition-failed', current: buried })
        }
        t.match(await store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'C' } } }), { kind: 'done', created: true, document: { version: 4, content: { title: 'C' } } })
        t.match(await store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'D' } } }), { kind: 'condition-failed', current: { document: { version: 4 } } })
      })

      t.test('what a change throws comes out once the version matched', async (t) => {
        const id = await createNote(store)
        const refuse = { kind: 'replace', next: () => { throw new Error('refused by the change') } } as const
        await t.rejects(store.write({ id, condition: one(1), change: refuse }), { message: 'refused by the change' })
        t.match(await store.write({ id, condition: one(7), change: refuse }), { kind: 'condition-failed', current: { document: { version: 1 } } })
      })

      t.test('values of a client are stored as they are, never evaluated', async (t) => {
        const content = { title: '$title', body: '$$ROOT', 'a.b': 1, $set: { $inc: { version: 1 } }, nested: { $ref: 'x', 'c.d': '$version' }, ['__proto__']: { polluted: true }, version: 99, _id: 'x', n: [1, null, 1.5, true] }
        const id = await createNote(store, content)
        t.match(await store.read(id), { document: { version: 1, content } })
        const next = { ...content, title: '$$REMOVE' }
        t.match(await store.write({ id, condition: one(1), change: set(next) }), { kind: 'done', document: { version: 2 } })
        const read = await store.read(id)
        t.strictSame(read.kind === 'document' && { ...read.document.content }, next)
        t.ok(read.kind === 'document' && Object.hasOwn(read.document.content, '__proto__'))
      })

      t.test('a version that is no safe integer matches nothing', async (t) => {
        const id = await createNote(store)
        for (const version of [0, -1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1]) {
          t.match(await store.write({ id, condition: one(version), change: set({ title: 'X' }) }), { kind: 'condition-failed' })
          t.match(await store.write({ id, condition: one(version), change: { kind: 'delete' } }), { kind: 'condition-failed' })
        }
        t.match(await store.read(id), { document: { version: 1 } })
      })
    })
  }

  t.test(`races (${mode})`, async (t) => {
    const store = await openStore(t, { mode })
    const race = async (n: number, one: (i: number) => Promise<{ kind: string }>) => {
      const outcomes = await Promise.all(Array.from({ length: n }, (_, i) => one(i)))
      return { outcomes, kinds: outcomes.reduce<Record<string, number>>((count, { kind }) => ({ ...count, [kind]: (count[kind] ?? 0) + 1 }), {}) }
    }

    t.test('50 writes on one version: one is done', async (t) => {
      const id = await createNote(store)
      const { kinds } = await race(50, (i) => store.write({ id, condition: one(1), change: set({ title: `by ${i}` }) }))
      t.strictSame(kinds, { done: 1, 'condition-failed': 49 })
      t.match(await store.read(id), { document: { version: 2 } })
    })

    t.test('50 deletes and writes on one version: one is done', async (t) => {
      const id = await createNote(store)
      const { kinds } = await race(50, (i) => store.write({ id, condition: one(1), change: i % 2 ? { kind: 'delete' } : set({ title: `by ${i}` }) }))
      t.equal((kinds.done ?? 0) + (kinds.deleted ?? 0), 1)
      t.equal(kinds['condition-failed'], 49)
    })

    t.test('50 creations of one id: one is done', async (t) => {
      const id = '000000000000000000000001'
      const { kinds } = await race(50, (i) => store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: `by ${i}` } } }))
      t.strictSame(kinds, { done: 1, 'condition-failed': 49 })
      t.match(await store.read(id), { document: { version: 1 } })
    })

    t.test('50 re-creations of one deleted id: one is done', async (t) => {
      const id = await createNote(store)
      await store.write({ id, condition: one(1), change: { kind: 'delete' } })
      const { kinds } = await race(50, (i) => store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: `by ${i}` } } }))
      t.strictSame(kinds, { done: 1, 'condition-failed': 49 })
      t.match(await store.read(id), { document: { version: 3 } })
    })

    t.test('40 writes on whatever version: all are done, each as a version of its own', async (t) => {
      const id = await createNote(store, { title: 'counter', n: 0 })
      const { outcomes } = await race(40, () => store.write({ id, condition: { kind: 'any' }, change: { kind: 'replace', next: ({ content }) => ({ ...content, n: Number(content.n) + 1 }) } }))
      const versions = outcomes.map((outcome) => 'document' in outcome ? (outcome.document as { version: number }).version : 0)
      t.strictSame(versions.sort((a, b) => a - b), Array.from({ length: 40 }, (_, i) => i + 2))
      t.match(await store.read(id), { document: { version: 41, content: { n: 40 } } })
    })
  })
}
