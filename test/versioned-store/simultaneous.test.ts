import { MongoClient } from 'mongodb'
import t from 'tap'
import type { Write } from '../../src/versioned-store/write.js'
import { mongodbUri } from '../mongodb-uri.js'
import { startCuttingProxy } from './cutting-proxy.js'
import { createNote, openDatabase, openStore } from './stores.js'

const edit = (id: string, versions: readonly number[], title: string): Write<{ title: string }> =>
  ({ id, condition: { kind: 'one-of', versions }, change: { kind: 'replace', next: () => ({ title }) } })

t.test('of many simultaneous writes on one version one is sent, and the others are told of what it made', async (t) => {
  const { db, client } = openDatabase(t)
  const store = await openStore(t, { db })
  const id = await createNote(store)
  await store.read(id)
  const sent: unknown[] = []
  client.on('commandStarted', ({ command }: { command: { update?: string, updates?: unknown[], find?: string } }) => { if (command.update === 'notes') sent.push(...command.updates ?? []); else if (command.find === 'notes') sent.push('find') })
  const outcomes = await Promise.all([
    ...Array.from({ length: 20 }, (_, i) => store.write(edit(id, [1], `edit ${i}`))),
    store.write({ id, condition: { kind: 'one-of', versions: [1] }, change: { kind: 'delete' } }),
    store.write(edit(id, [], 'no version'))
  ])
  const theirs = { kind: 'condition-failed', current: { kind: 'document', document: { version: 2, content: { title: 'edit 0' } } } }
  t.match(outcomes[0], { kind: 'done', document: { version: 2, content: { title: 'edit 0' } } })
  for (const outcome of outcomes.slice(1)) t.match(outcome, theirs)
  t.equal(sent.length, 1)
})

t.test('what waited for a write that was not done is done itself', async (t) => {
  const { db } = openDatabase(t)
  const store = await openStore(t, { db, unique: [{ fields: ['title'] }] })
  await store.create({ title: 'taken' })
  const id = await createNote(store)
  const [first, second, third] = await Promise.all([store.write(edit(id, [1], 'taken')), store.write(edit(id, [1], 'free')), store.write(edit(id, [1], 'late'))])
  t.match(first, { kind: 'duplicate', fields: ['title'] })
  t.match(second, { kind: 'done', document: { version: 2, content: { title: 'free' } } })
  t.match(third, { kind: 'condition-failed', current: { document: { version: 2, content: { title: 'free' } } } })
})

t.test('what comes while the answer of a write is on its way is not told what that made, where another process has come after it', async (t) => {
  const proxy = await startCuttingProxy(t, mongodbUri())
  const { db } = openDatabase(t)
  const client = new MongoClient(proxy.uri, { retryWrites: false })
  t.teardown(() => client.close())
  const [store, other] = [await openStore(t, { db: client.db(db.databaseName) }), await openStore(t, { db })]
  const id = await createNote(store)
  for (const cut of [undefined, 'answer'] as const) {
    const before = await store.read(id)
    const version = before.kind === 'document' ? before.document.version : 0
    let answered: () => void = () => undefined
    let goOn: () => void = () => undefined
    const isAnswered = new Promise<void>((resolve) => { answered = resolve })
    const held = new Promise<void>((resolve) => { goOn = resolve })
    void proxy.next('update', { answered: async (answer) => { answered(); await held; return answer }, ...(cut && { cut }) })
    const first = store.write(edit(id, [version], 'first'))
    await isAnswered
    t.match(await other.write(edit(id, [version + 1], 'theirs')), { kind: 'done' })
    const commands = proxy.commands.length
    const outcomes = Promise.all([version + 2, version, version, version].map((named) => store.write(edit(id, [named], 'yours'))))
    goOn()
    const [fitting, ...stale] = await outcomes
    t.match(await first, { kind: 'done', document: { version: version + 1 } })
    t.match(fitting, { kind: 'done', document: { version: version + 3, content: { title: 'yours' } } }, `answer ${cut === undefined ? 'late' : 'lost'}`)
    // One asks for all of them what the current state is.
    t.equal(proxy.commands.slice(commands).filter(({ updates }) => Array.isArray(updates) && updates.length > 2).length, 0)
    for (const outcome of stale) t.ok(outcome.kind === 'condition-failed' && outcome.current.kind === 'document' && outcome.current.document.version >= version + 2)
  }
})
