import { MongoClient, ObjectId } from 'mongodb'
import t from 'tap'
import type { Change, Write, WriteOutcome } from '../../src/versioned-store/write.js'
import type { VersionedStore } from '../../src/versioned-store/versioned-store.js'
import { mongodbUri } from '../mongodb-uri.js'
import { startCuttingProxy, type Fault } from './cutting-proxy.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'

const at = new Date('2026-01-01T00:00:00.000Z')
const set = (title: string): Change<Note> => ({ kind: 'replace', next: () => ({ title }) })
const cuts = ['command', 'answer', 'half-answer'] as const

interface Case {
  readonly name: string
  /** Makes what the write meets, and gives back its id. */
  readonly before: (direct: VersionedStore<Note>) => Promise<string>
  /** The tombstone is known, so that the first command is the one that counts. */
  readonly readFirst?: true
  readonly write: Omit<Write<Note>, 'id'>
  readonly done: (id: string) => WriteOutcome<Note>
}

const note = (id: string, version: number, title: string) => ({ id, version, createdAt: at, updatedAt: at, content: { title } })
const stored = (version: number, title: string, created = false) => (id: string): WriteOutcome<Note> => ({ kind: 'done', changed: true, created, document: note(id, version, title) })
const buried = (version: number) => (id: string): WriteOutcome<Note> => ({ kind: 'deleted', tombstone: { id, version, deletedAt: at } })
const deletedNote = async (direct: VersionedStore<Note>): Promise<string> => {
  const id = await createNote(direct)
  await direct.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' } })
  return id
}
const newId = () => Promise.resolve(new ObjectId().toHexString())

const cases: readonly Case[] = [
  { name: 'one version', before: createNote, write: { condition: { kind: 'one-of', versions: [1] }, change: set('yours') }, done: stored(2, 'yours') },
  { name: 'a list of versions', before: createNote, write: { condition: { kind: 'one-of', versions: [7, 1, 3] }, change: set('yours') }, done: stored(2, 'yours') },
  { name: 'any version', before: createNote, write: { condition: { kind: 'any' }, change: set('yours') }, done: stored(2, 'yours') },
  { name: 'a condition on the content', before: createNote, write: { condition: { kind: 'any', holds: ({ content }) => content.title === 'A' }, change: set('yours') }, done: stored(2, 'yours') },
  { name: 'a create-only write', before: newId, write: { condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'yours' } } }, done: stored(1, 'yours', true) },
  { name: 'a re-creation', before: deletedNote, readFirst: true, write: { condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'yours' } } }, done: stored(3, 'yours', true) },
  { name: 'a delete of one version', before: createNote, write: { condition: { kind: 'one-of', versions: [1] }, change: { kind: 'delete' } }, done: buried(2) },
  { name: 'a delete of any version', before: createNote, write: { condition: { kind: 'any' }, change: { kind: 'delete' } }, done: buried(2) }
]

for (const mode of storeModes) {
  t.test(`lost answers (${mode})`, async (t) => {
    const proxy = await startCuttingProxy(t, mongodbUri())
    const { db } = openDatabase(t)
    const client = new MongoClient(proxy.uri, { retryWrites: false, minHeartbeatFrequencyMS: 20 })
    t.teardown(() => client.close())
    const direct = await openStore(t, { db, now: () => at })
    const open = (writeMs = 9_000) => openStore(t, { db: client.db(db.databaseName), mode, now: () => at, writeMs })
    const store = await open()
    const command = mode === 'group' ? 'update' : 'findAndModify'

    for (const cut of cuts) {
      for (const { name, before, readFirst, write, done } of cases) {
        t.test(`${name}, the ${cut} lost: done once`, async (t) => {
          const id = await before(direct)
          if (readFirst) await store.read(id)
          const over = proxy.next(command, { cut })
          t.strictSame(await store.write({ id, ...write }), done(id))
          await over
          t.strictSame(await state(direct, id), done(id))
        })
      }

      t.test(`a document with a new id, the ${cut} lost: there once`, async (t) => {
        const title = `posted, ${cut}`
        const over = proxy.next('insert', { cut })
        const outcome = await store.create({ title })
        await over
        if (outcome.kind !== 'done') throw new Error(outcome.kind)
        t.strictSame(outcome, stored(1, title, true)(outcome.document.id))
        t.equal(await db.collection('notes').countDocuments({ 'data.title': title }), 1)
      })

      t.test(`a refusal, the ${cut} lost: refused all the same`, async (t) => {
        const id = await createNote(direct)
        await direct.write({ id, condition: { kind: 'any' }, change: set('theirs') })
        const over = proxy.next(command, { cut })
        t.strictSame(await store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: set('yours') }), { kind: 'condition-failed', current: { kind: 'document', document: note(id, 2, 'theirs') } })
        await over
      })
    }

    for (const { name, before, readFirst, write, done } of cases) {
      t.test(`${name}, done and its answer lost, and 7 other editors before it is sent again: done once, and theirs kept`, async (t) => {
        const id = await before(direct)
        if (readFirst) await store.read(id)
        const over = proxy.next(command, { cut: 'answer', answered: afterwards(() => edits(direct, id, 7)) })
        t.strictSame(await store.write({ id, ...write }), done(id))
        await over
        t.match(await direct.read(id), { kind: 'document', document: { version: versionMade(done(id)) + 7, content: { title: 'theirs, 7' } } })
      })
    }

    t.test('done, its answer lost, and 8 other editors: more than the document remembers, so that it is unknown', async (t) => {
      const id = await createNote(direct)
      const over = proxy.next(command, { cut: 'answer', answered: afterwards(() => edits(direct, id, 8)) })
      t.strictSame(await store.write({ id, condition: { kind: 'any' }, change: set('yours') }), { kind: 'unknown' })
      await over
      t.match(await direct.read(id), { document: { version: 10, content: { title: 'theirs, 8' } } })
    })

    t.test('never arrived, and another editor before it is sent again: on one version refused, on any done above theirs', async (t) => {
      for (const [condition, outcome, version] of [
        [{ kind: 'one-of', versions: [1] }, (id: string) => ({ kind: 'condition-failed', current: { kind: 'document', document: note(id, 2, 'theirs, 1') } }), 2],
        [{ kind: 'any' }, stored(3, 'yours'), 3]
      ] as const) {
        const id = await createNote(direct)
        const over = proxy.next(command, { cut: 'command', before: () => edits(direct, id, 1) })
        t.strictSame(await store.write({ id, condition, change: set('yours') }), outcome(id))
        await over
        t.match(await direct.read(id), { document: { version } })
      }
    })

    t.test('the same content as another editor sent is not taken for the write itself', async (t) => {
      const id = await createNote(direct)
      const over = proxy.next(command, { cut: 'command', before: () => direct.write({ id, condition: { kind: 'any' }, change: set('yours') }) })
      t.strictSame(await store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: set('yours') }), { kind: 'condition-failed', current: { kind: 'document', document: note(id, 2, 'yours') } })
      await over
    })

    t.test('a create-only write whose answer is lost, of an id that another editor took: refused', async (t) => {
      const id = await newId()
      const over = proxy.next(command, { cut: 'command', before: () => direct.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'theirs' } } }) })
      t.strictSame(await store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'yours' } } }), { kind: 'condition-failed', current: { kind: 'document', document: note(id, 1, 'theirs') } })
      await over
    })

    for (const cut of cuts) {
      t.test(`many writes on one document, and the ${cut} of the first lost: each done once`, async (t) => {
        const id = await createNote(direct, { title: 'counter', n: 0 })
        await store.read(id)
        const over = proxy.next(command, { cut })
        const outcomes = await Promise.all(Array.from({ length: 7 }, () => store.write({ id, condition: { kind: 'any' }, change: { kind: 'replace', next: ({ content }) => ({ ...content, n: Number(content.n) + 1 }) } })))
        await over
        t.strictSame(outcomes.map((outcome) => outcome.kind === 'done' ? outcome.document.version : outcome.kind).sort(), [2, 3, 4, 5, 6, 7, 8])
        t.strictSame(outcomes.map((outcome) => outcome.kind === 'done' ? outcome.document.content.n : outcome.kind).sort(), [1, 2, 3, 4, 5, 6, 7])
        t.match(await direct.read(id), { document: { version: 8, content: { n: 7 } } })
      })
    }

    t.test('an answer lost again and again: unknown, and done once', async (t) => {
      const patient = await open(400)
      const id = await createNote(direct)
      const mend = proxy.each(command, { cut: 'answer' })
      t.strictSame(await patient.write({ id, condition: { kind: 'any' }, change: set('yours') }), { kind: 'unknown' })
      mend()
      t.strictSame(await state(direct, id), stored(2, 'yours')(id))
    })

    t.test('what only had to be confirmed, and could not be: not applied', async (t) => {
      const patient = await open(400)
      const id = await createNote(direct)
      const mend = proxy.each(command, { cut: 'answer' })
      t.strictSame(await patient.write({ id, condition: { kind: 'any' }, change: set('A') }), { kind: 'not-applied', reason: 'unreachable' })
      mend()
      t.match(await direct.read(id), { document: { version: 1 } })
    })
  })
}

/** What an outcome of `done` or `deleted` would be, of the state that is stored. */
const state = async (store: VersionedStore<Note>, id: string): Promise<WriteOutcome<Note>> => {
  const current = await store.read(id)
  if (current.kind === 'tombstone') return { kind: 'deleted', tombstone: current.tombstone }
  if (current.kind === 'missing') return { kind: 'condition-failed', current }
  const { document } = current
  return { kind: 'done', changed: true, created: [1, 3].includes(document.version), document }
}

const versionMade = (outcome: WriteOutcome<Note>): number =>
  outcome.kind === 'done' ? outcome.document.version : outcome.kind === 'deleted' ? outcome.tombstone.version : Number.NaN

const afterwards = (run: () => Promise<void>): NonNullable<Fault['answered']> => async (answer) => { await run(); return answer }

/** So many versions by other editors; where there is no document they begin with a new one. */
const edits = async (store: VersionedStore<Note>, id: string, count: number): Promise<void> => {
  for (let n = 1; n <= count; n++) {
    const title = `theirs, ${n}`
    const { kind } = await store.write({ id, condition: { kind: 'any' }, change: set(title) })
    if (kind !== 'done') await store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title } } })
  }
}
