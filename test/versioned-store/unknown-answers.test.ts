import { MongoClient, ObjectId, type Document } from 'mongodb'
import t from 'tap'
import type { Write } from '../../src/versioned-store/write.js'
import { startCuttingProxy } from './cutting-proxy.js'
import { startFaultMongod } from './fault-mongod.js'
import { createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'

const set = (title: string, more: object = {}): Write<Note>['change'] => ({ kind: 'replace', next: () => ({ title, ...more }) })
const one = (version: number): Write<Note>['condition'] => ({ kind: 'one-of', versions: [version] })

t.test('answers that do not say what was done', async (t) => {
  const mongod = await startFaultMongod(t)
  for (const mode of storeModes) {
    t.test(mode, async (t) => {
      const proxy = await startCuttingProxy(t, mongod.uri)
      const { db } = openDatabase(t, {}, mongod.uri)
      const open = async (appName: string, writeMs = 9_000, more: object = {}) => {
        const client = new MongoClient(proxy.uri, { retryWrites: false, serverMonitoringMode: 'poll', heartbeatFrequencyMS: 500, minHeartbeatFrequencyMS: 20, appName, ...more })
        t.teardown(() => client.close())
        return openStore(t, { db: client.db(db.databaseName), mode, writeMs, unique: [{ fields: ['email'], optional: ['email'] }], limits: { commands: 1 } })
      }
      const direct = await openStore(t, { db })
      const store = await open(mode)
      const command = mode === 'group' ? 'update' : 'findAndModify'
      const fail = (times: number, data: Document, failCommands = [command]) => mongod.failCommand(times, { failCommands, appName: mode, ...data })

      // Failed as a whole, before anything was done: not the primary, stepping down, shutting down, interrupted, out of time, ...
      for (const errorCode of [10107, 189, 91, 11600, 11602, 11601, 50, 6, 7]) {
        t.test(`error ${errorCode} for the whole command: sent again, and done once`, async (t) => {
          const id = await createNote(direct)
          await fail(1, { errorCode })
          t.match(await store.write({ id, condition: { kind: 'any' }, change: set('yours') }), { kind: 'done', document: { version: 2 } })
          t.match(await direct.read(id), { document: { version: 2, content: { title: 'yours' } } })
          await fail(1, { errorCode }, ['insert'])
          const outcome = await store.create({ title: `once ${errorCode}` })
          t.match(outcome, { kind: 'done', created: true, document: { version: 1 } })
          t.equal(await db.collection('notes').countDocuments({ 'data.title': `once ${errorCode}` }), 1)
        })
      }

      t.test('the connection closed: sent again, and done once', async (t) => {
        const id = await createNote(direct)
        await fail(2, { closeConnection: true })
        t.match(await store.write({ id, condition: { kind: 'any' }, change: set('yours') }), { kind: 'done', document: { version: 2 } })
        t.match(await direct.read(id), { document: { version: 2 } })
      })

      for (const code of [64, 91, 100, 11602]) {
        const writeConcernError = { code, errmsg: 'no majority' }
        t.test(`a write concern that failed with ${code}: whatever was in the command is unknown, then settled`, async (t) => {
          const [accepted, stale, email] = [await createNote(direct), await createNote(direct), `${code}@example.org`]
          const holder = await createNote(direct, { title: 'holder', email })
          await direct.write({ id: stale, condition: one(1), change: set('theirs') })
          await fail(mode === 'group' ? 1 : 3, { writeConcernError })
          const outcomes = await Promise.all([
            store.write({ id: accepted, condition: { kind: 'any' }, change: set('yours') }),
            store.write({ id: stale, condition: one(1), change: set('yours') }),
            store.write({ id: new ObjectId().toHexString(), condition: { kind: 'absent' }, change: { kind: 'create', content: { title: 'yours', email } } })
          ])
          t.match(outcomes, [
            { kind: 'done', document: { version: 2, content: { title: 'yours' } } },
            { kind: 'condition-failed', current: { document: { version: 2, content: { title: 'theirs' } } } },
            { kind: 'duplicate', fields: ['email'], holder: { id: holder, version: 1 } }
          ])
          t.match(await direct.read(accepted), { document: { version: 2 } })
        })
      }

      t.test('a write concern that never holds: neither done nor refused, whatever was written', async (t) => {
        const hasty = await open(mode, 300)
        const [accepted, same] = [await createNote(direct), await createNote(direct)]
        await mongod.admin.command({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data: { failCommands: [command], appName: mode, writeConcernError: { code: 64, errmsg: 'no majority' } } })
        t.strictSame(await Promise.all([
          hasty.write({ id: accepted, condition: { kind: 'any' }, change: set('yours') }),
          hasty.write({ id: same, condition: { kind: 'any' }, change: set('A') }),
          hasty.write({ id: same, condition: one(5), change: set('yours') })
        ]), [{ kind: 'unknown' }, { kind: 'not-applied', reason: 'unreachable' }, { kind: 'not-applied', reason: 'unreachable' }])
        await mongod.admin.command({ configureFailPoint: 'failCommand', mode: 'off' })
        t.match(await direct.read(accepted), { document: { version: 2, content: { title: 'yours' } } })
        t.match(await direct.read(same), { document: { version: 1 } })
      })

      t.test('a command that is killed when it has done a part: each write is settled by itself', async (t) => {
        const [free, held] = [await createNote(direct), await createNote(direct)]
        await store.read(free)
        await store.read(held)
        const session = db.client.startSession()
        session.startTransaction()
        await db.collection('notes').updateOne({ _id: ObjectId.createFromHexString(held) }, { $set: { touched: true } }, { session })
        const outcomes = Promise.all([free, held].map((id) => store.write({ id, condition: one(1), change: set('yours') })))
        const killed = new Set<unknown>()
        // Sent again it meets the same transaction: killed twice, so that the second kill is of the resend.
        while (killed.size < 2) {
          const { inprog } = await mongod.admin.command({ currentOp: true, ns: `${db.databaseName}.notes`, active: true }) as { inprog: { opid: number, writeConflicts?: number, appName?: string }[] }
          for (const { opid, appName, writeConflicts = 0 } of inprog) {
            if (appName !== mode || writeConflicts === 0 || killed.has(opid)) continue
            await mongod.admin.command({ killOp: 1, op: opid })
            killed.add(opid)
          }
        }
        await session.abortTransaction()
        await session.endSession()
        t.match(await outcomes, [{ kind: 'done', document: { version: 2 } }, { kind: 'done', document: { version: 2 } }])
        for (const id of [free, held]) t.match(await direct.read(id), { document: { version: 2, content: { title: 'yours' } } })
      })

      t.test('a write in flight that may yet be done is not told to be a duplicate', async (t) => {
        const impatient = await open('impatient', 3_000, { socketTimeoutMS: 150 })
        const holder = await createNote(direct, { title: 'holder', email: 'late@example.org' })
        const id = await createNote(direct)
        await impatient.read(id)
        let release = () => {}
        const late = proxy.next(command, { before: () => new Promise<void>((resolve) => { release = resolve }), answered: (answer) => Promise.resolve(answer) })
        t.strictSame(await impatient.write({ id, condition: one(1), change: set('yours', { email: 'late@example.org' }) }), { kind: 'unknown' })
        await direct.write({ id: holder, condition: one(1), change: { kind: 'delete' } })
        release()
        await late
        t.match(await direct.read(id), { document: { version: 2, content: { title: 'yours' } } }, 'it was done after all')
      })

      t.test('a duplicate whose answer was lost, when the document has moved on: it can no longer be done', async (t) => {
        await createNote(direct, { title: 'holder', email: 'moved@example.org' })
        const id = await createNote(direct)
        await store.read(id)
        const over = proxy.next(command, { cut: 'answer', answered: async (answer) => { await direct.write({ id, condition: one(1), change: set('theirs') }); return answer } })
        t.match(await store.write({ id, condition: one(1), change: set('yours', { email: 'moved@example.org' }) }), { kind: 'condition-failed', current: { document: { version: 2, content: { title: 'theirs' } } } })
        await over
      })

      t.test('a write that was done is not told to have failed by an error of its resend', async (t) => {
        const id = await createNote(direct)
        await store.read(id)
        void proxy.next(command, { cut: 'answer' })
        void proxy.next(command, { answered: ({ operationTime, $clusterTime }) => Promise.resolve({ ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'not authorized', operationTime: operationTime as unknown, $clusterTime: $clusterTime as unknown }) })
        t.match(await store.write({ id, condition: one(1), change: set('yours') }), { kind: 'done', document: { version: 2 } })
      })

      if (mode === 'single') return

      // What a mongod says of one statement while it steps down, is shut down, or has the operation killed.
      for (const code of [189, 10107, 11602, 11600, 91]) {
        t.test(`error ${code} for one statement that was done: sent again, and settled as done`, async (t) => {
          const ids = [await createNote(direct), await createNote(direct), await createNote(direct)]
          for (const id of ids) await store.read(id)
          const over = proxy.next('update', { answered: (answer) => Promise.resolve({ ...answer, writeErrors: [{ index: 1, code, errmsg: 'interrupted' }] }) })
          t.match(await Promise.all(ids.map((id) => store.write({ id, condition: one(1), change: set('yours') }))), ids.map(() => ({ kind: 'done', document: { version: 2 } })))
          await over
          for (const id of ids) t.match(await direct.read(id), { document: { version: 2 } })
        })
      }

      for (const code of [10334, 15, 66, 52]) {
        t.test(`error ${code} for one statement: its own fault, and no other's`, async (t) => {
          const ids = [await createNote(direct), await createNote(direct), await createNote(direct)]
          for (const id of ids) await store.read(id)
          proxy.commands.length = 0
          const over = proxy.next('update', { answered: (answer) => Promise.resolve({ ...answer, writeErrors: [{ index: 1, code, errmsg: 'not to be stored' }] }) })
          const outcomes = await Promise.allSettled(ids.map((id) => store.write({ id, condition: one(1), change: set('yours') })))
          await over
          t.match(outcomes, [{ status: 'fulfilled', value: { kind: 'done' } }, { status: 'rejected', reason: { message: new RegExp(`${code}: not to be stored`) } }, { status: 'fulfilled', value: { kind: 'done' } }])
          t.equal(proxy.commands.filter((sent) => 'update' in sent).length, 1, 'nothing is sent again')
        })
      }

      t.test('an unheard-of error for one statement: sent again by itself, and thrown if it stays', async (t) => {
        const ids = [await createNote(direct), await createNote(direct)]
        for (const id of ids) await store.read(id)
        const wrong = (index: number) => ({ answered: (answer: Document) => Promise.resolve({ ...answer, writeErrors: [{ index, code: 4321, errmsg: 'unheard-of' }] }) })
        void proxy.next('update', { cut: 'command', ...wrong(0) })
        let over = proxy.next('update', wrong(1))
        t.match(await Promise.all(ids.map((id) => store.write({ id, condition: one(1), change: set('yours') }))), ids.map(() => ({ kind: 'done', document: { version: 2 } })))
        await over
        const id = await createNote(direct)
        await store.read(id)
        await fail(2, { errorCode: 4321 })
        over = proxy.next('update', {})
        await t.rejects(store.write({ id, condition: one(1), change: set('yours') }), { code: 4321 })
        await over
        t.match(await direct.read(id), { document: { version: 1 } })
      })
    })
  }
})
