import { BSON, ObjectId } from 'mongodb'
import t from 'tap'
import { KnownTime } from '../../src/versioned-store/known-time.js'
import { sharedUpdates } from '../../src/versioned-store/shared-updates.js'
import { bytesOf, pipelineOf, type Statement } from '../../src/versioned-store/statement.js'
import { refusal } from '../../src/versioned-store/guard.js'
import { commandsOf, createNote, openDatabase, openStore, type Note } from './stores.js'

const at = new Date('2026-01-01T00:00:00.000Z')
const statement = (id: ObjectId, version: number): Statement<Note> => ({
  id,
  guard: { kind: 'document', version },
  becomes: { kind: 'stored', form: { _id: id, version: version + 1, createdAt: at, updatedAt: at, writes: [], data: { title: `${version + 1}` } } }
})

t.test('statements on one document run in their order', async (t) => {
  const { db } = openDatabase(t)
  const id = ObjectId.createFromHexString(await createNote(await openStore(t, { db })))
  const commands = commandsOf(db)
  const committer = sharedUpdates<Note>(db, 'notes', new KnownTime())
  const upwards = await Promise.all(Array.from({ length: 64 }, (_, i) => committer.commit(statement(id, i + 1))))
  t.strictSame(upwards.map(({ kind }) => kind), Array.from({ length: 64 }, () => 'done'))
  t.equal((await db.collection('notes').findOne({ _id: id }))?.version, 65)
  const downwards = await Promise.all(Array.from({ length: 64 }, (_, i) => committer.commit(statement(id, 128 - i))))
  t.strictSame(downwards.map(({ kind }) => kind), [...Array.from({ length: 63 }, () => 'refused'), 'done'])
  t.equal(commands.filter((name) => name === 'update').length, 2)
})

t.test('among thousands of refusals in one command each write gets its own answer', async (t) => {
  const { db } = openDatabase(t)
  const store = await openStore(t, { db, limits: { commands: 1, itemsPerCommand: 100_000 } })
  const count = 6_000
  const kinds = ['done', 'stale', 'deleted', 'missing'] as const
  const kindOf = (i: number) => kinds[(i * 7 + Math.floor(i / 13)) % kinds.length]
  const items = Array.from({ length: count }, (_, i) => ({ kind: kindOf(i), _id: new ObjectId(), i }))
  await db.collection<{ _id: ObjectId }>('notes').insertMany(items.filter(({ kind }) => kind !== 'missing').map(({ kind, _id, i }) => ({
    _id, version: kind === 'done' ? 1 : 2, createdAt: at, updatedAt: at, writes: ['w'], ...(kind === 'deleted' ? { deletedAt: at } : { data: { title: `before ${i}` } })
  })))
  const committer = sharedUpdates<Note>(db, 'notes', new KnownTime(), { commands: 1, itemsPerCommand: count })
  const commands = commandsOf(db)
  const results = await Promise.all(items.map(({ _id }) => committer.commit(statement(_id, 1))))
  t.strictSame(commands, ['update'], 'one command')
  t.strictSame(results.map(({ kind }) => kind), items.map(({ kind }) => kind === 'done' ? 'done' : 'refused'))
  const outcomes = await Promise.all(items.map(({ _id, i }) => store.write({ id: _id.toHexString(), condition: { kind: 'one-of', versions: [9] }, change: { kind: 'replace', next: () => ({ title: `after ${i}` }) } })))
  t.strictSame(outcomes.map((outcome) => {
    if (outcome.kind !== 'condition-failed') return outcome.kind
    return outcome.current.kind === 'document' ? outcome.current.document.content.title : outcome.current.kind
  }), items.map(({ kind, i }) => kind === 'done' ? '2' : kind === 'stale' ? `before ${i}` : kind === 'deleted' ? 'tombstone' : 'missing'))
})

t.test('nothing looks missing where a shared find has more than one reply holds', async (t) => {
  const { db } = openDatabase(t)
  const writer = await openStore(t, { db })
  const store = await openStore(t, { db, keptBytes: 0, limits: { commands: 1 } })
  const text = 'x'.repeat(3 * 1024 * 1024)
  const ids = await Promise.all(Array.from({ length: 12 }, (_, i) => createNote(writer, { title: `${i}`, text })))
  const missing = new ObjectId().toHexString()
  const commands = commandsOf(db)
  const found = await Promise.all([...ids, missing, ...ids].map((id) => store.read(id)))
  t.ok(commands.length > 1 && commands.length <= 5, `${commands.length} finds`)
  t.strictSame(found.map((current) => current.kind === 'document' ? current.document.content.title : current.kind), [...ids.keys(), 'missing', ...ids.keys()].map(String))
})

t.test('a document that another program wrote fails nobody else\'s read', async (t) => {
  const { db } = openDatabase(t)
  const store = await openStore(t, { db, keptBytes: 0, limits: { commands: 1 } })
  const id = await createNote(store)
  const foreign = [{ _id: new ObjectId() }, { _id: new ObjectId(), version: 'one', data: {} }]
  await db.collection('notes').insertMany(foreign)
  const [first, second, own] = await Promise.allSettled([...foreign.map(({ _id }) => store.read(_id.toHexString())), store.read(id)])
  t.match(first, { status: 'rejected', reason: { message: /not written by this store/ } })
  t.match(second, { status: 'rejected', reason: { message: /not written by this store/ } })
  t.match(own, { status: 'fulfilled', value: { kind: 'document', document: { id, version: 1 } } })
})

t.test('the size of a statement is not understated', (t) => {
  const id = new ObjectId()
  for (const becomes of [
    { kind: 'stored', form: { _id: id, version: Number.MAX_SAFE_INTEGER, createdAt: at, updatedAt: at, writes: Array.from({ length: 8 }, () => 'w'.repeat(20)), data: { title: 'A' } } },
    { kind: 'unchanged' }
  ] as const) {
    const value: Statement<Note> = { id, guard: { kind: 'tombstone', version: Number.MAX_SAFE_INTEGER }, becomes }
    t.ok(bytesOf(value) >= BSON.calculateObjectSize({ q: { _id: id }, u: pipelineOf(value, refusal), upsert: true }))
  }
  t.end()
})
