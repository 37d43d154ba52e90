import { setTimeout as delay } from 'node:timers/promises'
import { ObjectId } from 'mongodb'
import t from 'tap'
import { createNote, openDatabase, openStore, storeModes } from './stores.js'

for (const mode of storeModes) {
  t.test(`documents that somebody else's transaction holds stop no others (${mode})`, async (t) => {
    const { db, client } = openDatabase(t)
    const store = await openStore(t, { db, mode, limits: { slowAfterMs: 1 } })
    const held = await Promise.all(Array.from({ length: 3 }, () => createNote(store)))
    const free = await Promise.all(Array.from({ length: 20 }, () => createNote(store)))
    const session = client.startSession()
    t.teardown(() => session.endSession())
    session.startTransaction()
    for (const id of held) await db.collection('notes').updateOne({ _id: ObjectId.createFromHexString(id) }, { $set: { touched: true } }, { session })

    const settled: string[] = []
    const write = async (id: string, version: number) => {
      const { kind } = await store.write({ id, condition: { kind: 'one-of', versions: [version] }, change: { kind: 'replace', next: ({ content }) => ({ ...content, version }) } })
      settled.push(id)
      return kind
    }
    const isBlocked = async (id: string): Promise<boolean> => {
      const { inprog } = await client.db('admin').command({ currentOp: true, active: true, ns: `${db.databaseName}.notes`, writeConflicts: { $gt: 0 } }) as { inprog: { command: object }[] }
      return inprog.some(({ command }) => JSON.stringify(command).includes(id))
    }
    const blocked: Promise<string>[] = []
    // One after the other, so that each has a command of its own: more than may be on their way at once.
    for (const id of held) {
      blocked.push(write(id, 1))
      while (!await isBlocked(id));
      // Until a command counts as slow, another write on the same document may still take others with it.
      await delay(10)
    }
    const behind = held.map((id) => write(id, 1))
    for (let version = 1; version <= 3; version++) t.strictSame(await Promise.all(free.map((id) => write(id, version))), free.map(() => 'done'))
    t.match(await Promise.all(free.map((id) => store.read(id))), free.map(() => ({ document: { version: 4 } })))
    t.match(await Promise.all(held.map((id) => store.read(id))), held.map(() => ({ document: { version: 1 } })), 'what is held can be read')
    t.strictSame(settled.filter((id) => held.includes(id)), [], 'what is held still waits')
    await session.abortTransaction()
    const kinds = [...await Promise.all(blocked), ...await Promise.all(behind)].sort()
    t.strictSame(kinds, [...held.map(() => 'condition-failed'), ...held.map(() => 'done')], 'then one of two is done')
    t.match(await Promise.all(held.map((id) => store.read(id))), held.map(() => ({ document: { version: 2 } })))
  })
}
