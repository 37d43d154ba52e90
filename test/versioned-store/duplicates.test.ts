import { ObjectId } from 'mongodb'
import t from 'tap'
import type { UniqueIndex } from '../../src/versioned-store/unique-index.js'
import type { Write } from '../../src/versioned-store/write.js'
import { mongodbUri } from '../mongodb-uri.js'
import { openDatabase as openAsService } from '../../src/versioned-store/database.js'
import { startCuttingProxy } from './cutting-proxy.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'

const unique: UniqueIndex[] = [
  { fields: ['email'], caseSensitive: false, optional: ['email'] },
  { fields: ['team', 'number'], optional: ['team', 'number'] },
  { fields: ['profile.handle'], optional: ['profile.handle'] },
  { fields: ['title'] }
]
let count = 0
const title = () => `title ${count++}`
const note = (more: Omit<Note, 'title'> = {}): Note => ({ title: title(), ...more })
const create = (content: Note, id = new ObjectId().toHexString()): Write<Note> => ({ id, condition: { kind: 'absent' }, change: { kind: 'create', content } })
const replace = (id: string, content: Note, version = 1): Write<Note> => ({ id, condition: { kind: 'one-of', versions: [version] }, change: { kind: 'replace', next: () => content } })

for (const mode of storeModes) {
  t.test(`duplicates (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const store = await openStore(t, { db, mode, unique })

    const ways = {
      post: (content: Note) => store.create(content),
      'create-only': (content: Note) => store.write(create(content)),
      replace: async (content: Note) => store.write(replace(await createNote(store, note()), content))
    }
    for (const [way, write] of Object.entries(ways)) {
      t.test(`of one field, in another case, by ${way}`, async (t) => {
        const id = await createNote(store, note({ email: `Ada-${way}@example.org` }))
        await store.write({ id, condition: { kind: 'any' }, change: { kind: 'replace', next: ({ content }) => ({ ...content, more: 1 }) } })
        const before = await db.collection('notes').countDocuments({ deletedAt: null })
        t.strictSame(await write(note({ email: `ADA-${way}@EXAMPLE.org` })), { kind: 'duplicate', fields: ['email'], holder: { id, version: 2 } })
        t.equal(await db.collection('notes').countDocuments({ deletedAt: null }), way === 'replace' ? before + 1 : before, 'nothing was stored')
      })

      t.test(`of two fields together, by ${way}`, async (t) => {
        const id = await createNote(store, note({ team: way, number: 1 }))
        t.match(await write(note({ team: way, number: 2 })), { kind: 'done' })
        t.match(await write(note({ team: `not ${way}`, number: 1 })), { kind: 'done' })
        t.strictSame(await write(note({ team: way, number: 1 })), { kind: 'duplicate', fields: ['team', 'number'], holder: { id, version: 1 } })
      })

      t.test(`of a field inside a field, by ${way}`, async (t) => {
        const id = await createNote(store, note({ profile: { handle: way } }))
        t.strictSame(await write(note({ profile: { handle: way } })), { kind: 'duplicate', fields: ['profile.handle'], holder: { id, version: 1 } })
      })
    }

    t.test('optional fields that are absent are compared with nothing', async (t) => {
      for (let i = 0; i < 2; i++) {
        t.match(await store.create(note()), { kind: 'done' })
        t.match(await store.create(note({ team: 'alone' })), { kind: 'done' })
        t.match(await store.create(note({ profile: {} })), { kind: 'done' })
      }
    })

    t.test('a value that only looks like an operator is a value', async (t) => {
      const id = await createNote(store, note({ team: { $gt: '' }, number: '$version' }))
      t.match(await store.create(note({ team: { $gt: 'a' }, number: '$version' })), { kind: 'done' })
      t.strictSame(await store.create(note({ team: { $gt: '' }, number: '$version' })), { kind: 'duplicate', fields: ['team', 'number'], holder: { id, version: 1 } })
    })

    t.test('the values of a deleted document are free, and taken again when it is re-created', async (t) => {
      const email = 'free@example.org'
      const id = await createNote(store, note({ email }))
      await store.write({ id, condition: { kind: 'any' }, change: { kind: 'delete' } })
      const other = await createNote(store, note({ email }))
      t.strictSame(await store.write(create(note({ email }), id)), { kind: 'duplicate', fields: ['email'], holder: { id: other, version: 1 } })
      await store.write({ id: other, condition: { kind: 'any' }, change: { kind: 'delete' } })
      t.match(await store.write(create(note({ email }), id)), { kind: 'done', document: { version: 3 } })
    })

    t.test('a value may be given up and taken again by one document, and kept by it', async (t) => {
      const id = await createNote(store, note({ email: 'kept@example.org' }))
      t.match(await store.write(replace(id, note({ email: 'KEPT@example.org' }))), { kind: 'done', document: { version: 2 } })
      t.match(await store.write(replace(id, note(), 2)), { kind: 'done' })
      t.match(await store.write(replace(id, note({ email: 'kept@example.org' }), 3)), { kind: 'done', document: { version: 4 } })
    })

    t.test('a version that does not match is told before a duplicate', async (t) => {
      await createNote(store, note({ email: 'first@example.org' }))
      const id = await createNote(store, note())
      t.match(await store.write(replace(id, note({ email: 'first@example.org' }), 7)), { kind: 'condition-failed', current: { document: { version: 1 } } })
    })

    t.test('of 20 simultaneous creations with one value in different case, one is done', async (t) => {
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => store.create(note({ email: i % 2 ? 'race@example.org' : 'RACE@example.org' }))))
      const done = outcomes.flatMap((outcome) => outcome.kind === 'done' ? outcome.document.id : [])
      t.equal(done.length, 1)
      t.strictSame(outcomes.filter(({ kind }) => kind !== 'done'), Array.from({ length: 19 }, () => ({ kind: 'duplicate', fields: ['email'], holder: { id: done[0], version: 1 } })))
    })

    t.test('an index that the store does not know is told by its fields, without who holds the value', async (t) => {
      await db.collection('notes').createIndex({ 'data.foreign': 1 }, { unique: true, partialFilterExpression: { 'data.foreign': { $exists: true } } }, {})
      await createNote(store, note({ foreign: 1 }))
      t.strictSame(await store.create(note({ foreign: 1 })), { kind: 'duplicate', fields: ['foreign'], holder: undefined })
    })

    t.test('who holds a value is found by the index', async (t) => {
      const commands: object[] = []
      const monitor = ({ command }: { command: object }) => { commands.push(command) }
      db.client.on('commandStarted', monitor)
      for (const content of [{ email: 'found@example.org' }, { team: 'found', number: 1 }, { profile: { handle: 'found' } }]) {
        await createNote(store, note(content))
        await store.create(note(content))
        const { filter, collation } = commands.at(-1) as { filter: object, collation?: object }
        const find = { find: 'notes', filter, ...(collation && { collation }) }
        const { queryPlanner } = await db.command({ explain: find, verbosity: 'queryPlanner' }) as { queryPlanner: { winningPlan: object } }
        t.match(JSON.stringify(queryPlanner.winningPlan), /IXSCAN/)
      }
      db.client.off('commandStarted', monitor)
    })

    for (const vanishes of [1, 10]) {
      t.test(`a holder that vanishes in between, ${vanishes} times`, async (t) => {
        const proxy = await startCuttingProxy(t, mongodbUri())
        const service = await openAsService(proxy.uri, db.databaseName)
        t.teardown(() => service.close())
        const behindProxy = await openStore(t, { db: service.db, mode, unique })
        const email = `vanishing-${vanishes}@example.org`
        const take = () => createNote(store, note({ email }))
        let holder = await take()
        let vanished = 0
        // Between the refusal of the write and the search for who holds the value: deleted then, and taken again before the next try.
        proxy.each('find', { before: async () => {
          if (vanished++ < vanishes) await store.write({ id: holder, condition: { kind: 'any' }, change: { kind: 'delete' } })
        }, answered: async (answer) => {
          if (vanished < vanishes) holder = await take()
          return answer
        } })
        const outcome = await behindProxy.create(note({ email }))
        if (vanishes === 1) t.match(outcome, { kind: 'done', document: { version: 1, content: { email } } })
        else t.strictSame(outcome, { kind: 'duplicate', fields: ['email'], holder: undefined })
      })
    }
  })
}
