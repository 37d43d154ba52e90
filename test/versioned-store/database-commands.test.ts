import { Timestamp, type Document } from 'mongodb'
import t from 'tap'
import { openDatabase as openAsService } from '../../src/versioned-store/database.js'
import { mongodbUri } from '../mongodb-uri.js'
import { startCuttingProxy } from './cutting-proxy.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'
import type { Write } from '../../src/versioned-store/write.js'

const set = (title: string): Write<Note>['change'] => ({ kind: 'replace', next: (base) => ({ ...base.content, title }) })
const writeNames = ['update', 'findAndModify', 'insert']
const nameOf = (command: Document): string => Object.keys(command)[0] ?? ''
const isWrite = (command: Document): boolean => writeNames.includes(nameOf(command))
const isRead = (command: Document): boolean => nameOf(command) === 'find'

for (const mode of storeModes) {
  t.test(`what goes to the database (${mode})`, async (t) => {
    const proxy = await startCuttingProxy(t, mongodbUri())
    const { db } = openDatabase(t)
    const service = await openAsService(`${proxy.uri}&retryWrites=true`, db.databaseName)
    t.teardown(() => service.close())
    const direct = await openStore(t, { db, unique: [{ fields: ['email'] }] })
    const store = await openStore(t, { db: service.db, mode, keptBytes: 0, unique: [{ fields: ['email'] }] })
    const answers: Document[] = []
    for (const name of writeNames) proxy.each(name, { answered: (answer) => { answers.push(answer); return Promise.resolve(answer) } })

    const sentBy = async (write: () => Promise<unknown>) => {
      proxy.commands.length = 0
      answers.length = 0
      await write()
      return proxy.commands.filter((command) => isRead(command) || isWrite(command))
    }

    t.test('writes are acknowledged by a majority that has them in its journal, and are no retryable writes', async (t) => {
      const id = await createNote(store, { title: 'A', email: 'a@example.org' })
      proxy.commands.length = 0
      await createNote(store, { title: 'B', email: 'b@example.org' })
      await store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: set('C') })
      await store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: set('stale') })
      await store.write({ id, condition: { kind: 'any' }, change: set('C') })
      await store.write({ id, condition: { kind: 'one-of', versions: [2] }, change: { kind: 'delete' } })
      await store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'D', email: 'b@example.org' } } })
      await store.write({ id, condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'D', email: 'd@example.org' } } })
      const writes = proxy.commands.filter(isWrite)
      t.ok(writes.length >= 7, `${writes.length} commands`)
      for (const command of writes) {
        t.strictSame(command.writeConcern, { w: 'majority', j: true })
        t.notOk('txnNumber' in command)
        t.notOk('startTransaction' in command)
        if (nameOf(command) === 'update') t.equal(command.ordered, false)
      }
      const reads = proxy.commands.filter(isRead)
      t.ok(reads.length > 0)
      for (const command of reads) t.equal((command.readConcern as Document | undefined)?.level, 'majority')
    })

    t.test('every read is of what a majority has', async (t) => {
      const id = await createNote(store, { title: 'A', email: 'read@example.org' })
      const reads = await sentBy(async () => {
        await store.read(id)
        await store.list(10)
      })
      // A snapshot is of what a majority has, too.
      t.match(reads, [{ readConcern: { level: 'majority' } }, { readConcern: { level: 'snapshot' } }])
      t.equal(reads.length, 2)
    })

    t.test('what a refusal tells was read from a majority, not before the refusal', async (t) => {
      const id = await createNote(store, { title: 'A', email: 'refused@example.org' })
      await direct.write({ id, condition: { kind: 'any' }, change: set('theirs') })
      await store.read(id)
      let refused: unknown
      const commands = await sentBy(async () => { refused = await store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: { kind: 'delete' } }) })
      t.match(refused, { kind: 'condition-failed', current: { document: { version: 2, content: { title: 'theirs' } } } })
      const decided = commands.findIndex(isWrite)
      t.strictSame(commands[decided]?.writeConcern, { w: 'majority', j: true })
      // A `findAndModify` brings along what it found itself, and its write concern held.
      if (mode === 'group') {
        t.strictSame(commands[decided + 1]?.readConcern, { level: 'majority', afterClusterTime: answers[0]?.operationTime as unknown })
        t.ok(answers[0]?.operationTime instanceof Timestamp)
      }
    })

    t.test('who holds a value is read from a majority, not before the refusal', async (t) => {
      const email = 'held@example.org'
      const held = await createNote(direct, { title: 'A', email })
      const id = await createNote(store, { title: 'B', email: 'free@example.org' })
      let outcome: unknown
      const commands = await sentBy(async () => { outcome = await store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: { kind: 'replace', next: () => ({ title: 'B', email }) } }) })
      t.strictSame(outcome, { kind: 'duplicate', fields: ['email'], holder: { id: held, version: 1 } })
      t.strictSame(commands.at(-1)?.readConcern, { level: 'majority', afterClusterTime: answers.at(-1)?.operationTime as unknown })
    })
  })
}
