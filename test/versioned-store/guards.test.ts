import { ObjectId, type Document } from 'mongodb'
import t from 'tap'
import { guardExpression, guardHolds, isRefusal, refusal, type Guard } from '../../src/versioned-store/guard.js'
import { pipelineOf } from '../../src/versioned-store/statement.js'
import { readStored, type Stored, type StoredForm } from '../../src/versioned-store/stored-form.js'
import type { Write, WriteCondition } from '../../src/versioned-store/write.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'

const at = new Date('2026-01-01T00:00:00.000Z')
const states = ['missing', 'document', 'tombstone', 'deeper document'] as const
const versions = { missing: 0, document: 5, tombstone: 5, 'deeper document': 6 }

const stateOf = (state: typeof states[number], _id: ObjectId): Document | undefined => {
  if (state === 'missing') return undefined
  const form = { _id, version: versions[state], createdAt: at, updatedAt: at, writes: [`write of the ${state}`] }
  return state === 'tombstone' ? { ...form, deletedAt: at } : { ...form, data: { title: 'A' } }
}

const storedOf = (state: typeof states[number]): Stored<Note> | undefined => {
  const form = stateOf(state, new ObjectId())
  return form && readStored(form as StoredForm<Note>)
}

t.test('each guard holds for one state, and in each other the statement is refused', async (t) => {
  const { db } = openDatabase(t)
  const notes = db.collection('guards')
  const guards: Guard[] = [{ kind: 'missing' }, { kind: 'document', version: 5 }, { kind: 'tombstone', version: 5 }, { kind: 'document', version: 6 }, { kind: 'tombstone', version: 6 }, { kind: 'document', version: Number.MAX_SAFE_INTEGER }, ...(['document', 'tombstone'] as const).flatMap((kind) => [`write of the ${kind}`, 'another write'].map((write) => ({ kind, version: 5, write }))),
    ...[['title', 'A'], ['title', 'B'], ['title', '$data.title'], ['$title', 'A'], ['owner', 'A']].map(([field = '', value = '']) => ({ kind: 'document', version: 5, equals: { field, value } } as const))]
  const becomings = ['stored', 'expression', 'unchanged'] as const
  const tries = guards.flatMap((guard) => states.flatMap((state) => becomings.map((becoming) => ({ guard, state, becoming, _id: new ObjectId() }))))
  const before = tries.flatMap(({ state, _id }) => stateOf(state, _id) ?? [])
  await notes.insertMany(before)

  const reply = await db.command({
    update: 'guards',
    ordered: false,
    updates: tries.map(({ guard, becoming, _id }) => {
      const form = { _id, version: 7, createdAt: at, updatedAt: at, writes: [], data: { title: 'B' } }
      const becomes = becoming === 'stored' ? { kind: becoming, form } : becoming === 'expression' ? { kind: becoming, expression: { $literal: form } } : { kind: becoming }
      return { q: { _id }, u: pipelineOf({ id: _id, guard, becomes }, refusal), upsert: true }
    })
  }) as { writeErrors: { index: number, code: number }[] }
  const codes = new Map(reply.writeErrors.map(({ index, code }) => [index, code]))

  for (const [index, { guard, state, becoming, _id }] of tries.entries()) {
    const name = `${becoming} where ${JSON.stringify(guard)}, stored: ${state}`
    const holds = guardHolds(guard, storedOf(state))
    const missingUnchanged = becoming === 'unchanged' && guard.kind === 'missing'
    const code = codes.get(index)
    t.equal(code === undefined ? 'done' : isRefusal(code) ? 'refused' : code, holds && !missingUnchanged ? 'done' : 'refused', name)
    const after = await notes.findOne({ _id })
    if (holds && becoming !== 'unchanged') t.equal(after?.version, 7, name)
    else t.strictSame(after, stateOf(state, _id) ?? null, `${name}: nothing written`)
  }
})

t.test('a version that is no safe integer from 1 makes no guard', (t) => {
  for (const version of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1]) {
    t.throws(() => guardExpression({ kind: 'document', version }), TypeError)
  }
  t.end()
})

for (const mode of storeModes) {
  t.test(`a document that another program wrote is never overwritten (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const store = await openStore(t, { db, mode })
    const foreign = [{ title: 'without a version' }, { version: 1 }, { version: 'one', data: {} }]
    for (const content of foreign) {
      const _id = new ObjectId()
      const id = _id.toHexString()
      await db.collection('notes').insertOne({ _id, ...content })
      for (const write of [
        { condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'yours' } } },
        { condition: { kind: 'any' }, change: { kind: 'replace', next: () => ({ title: 'yours' }) } },
        { condition: { kind: 'one-of', versions: [2] }, change: { kind: 'delete' } }
      ] satisfies Omit<Write<Note>, 'id'>[]) await t.rejects(store.write({ id, ...write }))
      t.strictSame(await db.collection('notes').findOne({ _id }), { _id, ...content })
    }
  })
}

for (const mode of storeModes) {
  t.test(`conditions that hold for anything write to documents only (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const store = await openStore(t, { db, mode })
    const deleted = await createNote(store)
    t.match(await store.write({ id: deleted, condition: { kind: 'any' }, change: { kind: 'delete' } }), { kind: 'deleted', tombstone: { version: 2 } })
    const before = await db.collection('notes').find().toArray()
    const conditions: WriteCondition<Note>[] = [
      { kind: 'any', holds: () => true },
      { kind: 'any', holds: ({ updatedAt }) => !(updatedAt > new Date()) },
      { kind: 'one-of', versions: [2], holds: () => true },
      { kind: 'one-of', versions: [0, 1, 2, 3], holds: () => true }
    ]
    const changes: Write<Note>['change'][] = [{ kind: 'replace', next: () => ({ title: 'ghost' }) }, { kind: 'delete' }, { kind: 'create', content: { title: 'ghost' } }]
    for (const [id, current] of [[new ObjectId().toHexString(), { kind: 'missing' }], [deleted, { kind: 'tombstone', tombstone: { version: 2 } }]] as const) {
      for (const condition of conditions) {
        for (const change of changes) t.match(await store.write({ id, condition, change }), { kind: 'condition-failed', current })
      }
    }
    t.strictSame(await db.collection('notes').find().toArray(), before, 'neither ghosts nor a document brought back')
  })

  t.test(`a change other than a creation does nothing to an id without a document, whatever its condition (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const store = await openStore(t, { db, mode })
    for (const change of [{ kind: 'replace', next: () => ({ title: 'ghost' }) }, { kind: 'delete' }] as const) {
      t.strictSame(await store.write({ id: new ObjectId().toHexString(), condition: { kind: 'absent' }, change }), { kind: 'condition-failed', current: { kind: 'missing' } })
    }
    t.equal(await db.collection('notes').countDocuments(), 0)
  })
}
