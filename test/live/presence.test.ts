import { once } from 'node:events'
import { get, IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createClient } from '../../src/client/index.js'
import { createWatcher } from '../../src/client/watch.js'
import { createPresence } from '../../src/live/presence.js'
import { createPresenceLeases, type PresenceLease } from '../../src/live/presence-leases.js'
import { Subscriber } from '../../src/live/subscriber.js'
import { buildTestApp, listen, type TestApp } from '../app.js'
import { badRequest, create, send, type Document } from '../contract/stored.js'
import { notes } from '../sign-in/notes.js'
import { papers } from '../sign-in/papers.js'
import { as, secret } from '../sign-in/tokens.js'
import { listenTo, type Listener } from './listener.js'

const presence = { everyMs: 20, leaseMs: 3_000 }
const { app, db } = await buildTestApp(t, { events: { presence } })
/** Two processes of the service. */
const bases = [await listen(app), await listen((await buildTestApp(t, { events: { presence }, database: db.databaseName })).app)] as const
const leases = db.collection<PresenceLease>('presence-leases')

const article = async (): Promise<string> => (await create(app, '/api/articles', { title: 'A' })).id
const enter = (t: Test, id: string, name: string, base: string = bases[0]): Promise<Listener> => listenTo(t, `${base}/api/articles/${id}/events?as=${encodeURIComponent(name)}`)

t.test('who is in a document is told who else is, and when somebody comes or goes, on any process', async (t) => {
  const id = await article()
  const [silent, ada] = await Promise.all([listenTo(t, `${bases[0]}/api/articles/${id}/events`), enter(t, id, 'ada')])
  await ada.others()
  const ben = await enter(t, id, 'ben')
  await Promise.all([ada.others('ben'), ben.others('ada')])
  const cem = await listenTo(t, `${bases[1]}/api/articles/events?as=cem&in=${id.toUpperCase()}`)
  await Promise.all([ada.others('ben', 'cem'), ben.others('ada', 'cem'), cem.others('ada', 'ben')])
  const [elsewhere, sameName] = await Promise.all([enter(t, await article(), 'dora'), enter(t, id, 'ben', bases[1])])
  await Promise.all([elsewhere.others(), sameName.others('ada', 'cem')])
  ben.stop()
  cem.stop()
  await ada.others('ben')
  sameName.stop()
  await ada.others()
  t.ok(ada.text().includes(`\n\nevent: presence\ndata: {"kind":"presence","id":"${id}","others":["ben"],"more":0}\n\n`), 'without an id')
  t.equal(elsewhere.presence().length, 1, 'who is in another document is told nothing')
  await send(app, 'PATCH', `/api/articles/${id}`, { title: 'B' }, { 'if-match': '"1"' })
  await silent.next()
  t.match(silent.text(), /^retry: 1000\n\n: from here on\nid: [\w-]+\n\nid: [\w-]+\nevent: updated\ndata: .*\n\n$/, 'who gives no name is told nothing of it')
})

t.test('who crashes is gone, be it a client or a process of the service', async (t) => {
  const id = await article()
  const ada = await enter(t, id, 'ada')
  const ben = get(`${bases[1]}/api/articles/${id}/events?as=ben`)
  const [response] = await once(ben, 'response') as [IncomingMessage]
  response.on('error', () => undefined).resume()
  await ada.others('ben')
  ben.destroy()
  await ada.others()
  await leases.insertOne({ _id: 'killed', until: new Date(Date.now() + 500), content: 'any', here: [[`articles/${id}`, ['zoe']]] })
  await ada.others('zoe')
  await ada.others()
  const adas = async () => (await leases.findOne({ here: [`articles/${id}`, ['ada']] }))?.until.getTime()
  const until = await adas()
  while (await adas() === until) await new Promise(setImmediate)
  ada.stop()
  while (await leases.countDocuments({ _id: { $ne: 'killed' } }) > 0) await new Promise(setImmediate)
  t.match(await leases.indexes(), [{}, { key: { until: 1 }, expireAfterSeconds: 60 }])
})

t.test('a connection may be dead and not look so: each ends, and who doesn\'t come again is gone', async (t) => {
  const { app } = await buildTestApp(t, { events: { presence: { ...presence, stayMs: 200, returnMs: 1_000 } } })
  const url = `${await listen(app)}/api/articles`
  const { id } = await createClient<Document>({ url }).create({ title: 'A' })
  const connections = { ada: 0, ben: 0 }
  /** Comes only so many times. */
  const watchAs = (name: 'ada' | 'ben', most: number) => {
    const stop = new AbortController()
    t.teardown(() => stop.abort())
    const watcher = createWatcher({
      // Longer than what happens is gathered before it is told.
      url, backoff: { baseMs: 200, maxMs: 200 }, random: () => 1,
      fetch: async (at, init) => ++connections[name] <= most ? await fetch(at, init) : await new Promise(() => undefined)
    })
    return watcher.watch(id, { as: name, signal: stop.signal })
  }
  const stay = async (events: AsyncIterable<unknown>): Promise<void> => {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars
    for await (const _ of events);
  }
  const told: string[] = []
  for await (const event of watchAs('ben', Infinity)) {
    const others = event.kind === 'presence' ? event.others.join() : event.kind
    if (told.length === 0) void stay(watchAs('ada', 3)).catch(() => undefined)
    // Each connection is told anew.
    if (others !== told.at(-1)) told.push(others)
    if (told.length === 3) break
  }
  t.strictSame(told, ['', 'ada', ''])
  t.equal(connections.ada, 4, 'she stayed as long as she came again')
})

t.test('only who may read a document is told who is in it, and is told of; its sub is its name', async (t) => {
  const signedIn: TestApp = await buildTestApp(t, { resources: [notes, papers], signIn: { tokens: { secret } }, events: { presence } })
  const base = await listen(signedIn.app)
  const enterAs = (sub: string, path: string) => listenTo(t, `${base}/api/${path}/events?as=whoever`, { headers: as(sub) })
  const change = async (sub: string, method: 'POST' | 'PATCH', path: string, content: object, headers = {}) => (await send(signedIn.app, method, `/api/${path}`, content, { ...headers, ...as(sub) })).json<Document>()

  const note = `notes/${(await change('ada', 'POST', 'notes', { text: 'secret' })).id}`
  const [ada, adaAgain, ben] = await Promise.all([enterAs('ada', note), enterAs('ada', note), enterAs('ben', note)])
  await Promise.all([ada.others(), adaAgain.others(), ben.others()])

  const { id } = await change('ada', 'POST', 'papers', { title: 'A', editors: ['cem'] })
  const [author, cem, dora] = await Promise.all([enterAs('ada', `papers/${id}`), enterAs('cem', `papers/${id}`), enterAs('dora', `papers/${id}`)])
  await Promise.all([author.others('cem'), cem.others('ada'), dora.others()])
  await change('ada', 'PATCH', `papers/${id}`, { editors: ['dora'] }, { 'if-match': '"1"' })
  await Promise.all([author.others('dora'), cem.others(), dora.others('ada')])
  t.notMatch(cem.text() + ben.text(), /dora/)
  t.strictSame([ada, adaAgain, ben].map((listener) => listener.presence().length), [1, 1, 1])
})

t.test('names are short, and as many are told as fit', async (t) => {
  const id = await article()
  const wrong = 'as must be a name of 1 to 64 characters, without line breaks, control characters or space around it'
  const together = 'as, who you are, and in, the id of the document that you are in, need each other'
  for (const name of ['', ' ', ' ada', 'a\nb', 'a\u202eb', 'a\u2028b', 'x'.repeat(65), '\0']) {
    const url = `/api/articles/${id}/events`
    t.strictSame((await send(app, 'GET', `${url}?as=${encodeURIComponent(name)}`)).json(), badRequest(wrong, url), encodeURIComponent(name))
  }
  for (const [query, detail] of [
    ['as=ada', together], [`in=${id}`, together], ['as=ada&in=x', 'in must be 24 hexadecimal digits'], ['as=ada&as=ben', 'as is there more than once']
  ] as const) t.strictSame((await send(app, 'GET', `/api/articles/events?${query}`)).json(), badRequest(detail, '/api/articles/events'), query)
  const inItself = `/api/articles/${id}/events`
  t.strictSame((await send(app, 'GET', `${inItself}?as=ada&in=${id}`)).json(), badRequest('There is no parameter "in"; there are fields, as', inItself))

  const longest = '\u{1f600}'.repeat(64)
  const ada = await enter(t, id, longest)
  const names = Array.from({ length: 100 }, (_, i) => `${i + 100}${'"'.repeat(47)}`)
  await leases.insertOne({ _id: 'many', until: new Date(Date.now() + 60_000), content: 'many', here: [[`articles/${id}`, names]] })
  await ada.others(...names.slice(0, 20))
  t.strictSame(ada.presence().at(-1)?.more, 80)
  await leases.deleteOne({ _id: 'many' })
})

t.test('no more are named at once than may be, and others still listen', async (t) => {
  const { app } = await buildTestApp(t, { events: { presence: { ...presence, maxNamed: 1 } } })
  const url = `${await listen(app)}/api/articles/66c0ffee0000000000000001/events`
  const ada = await listenTo(t, `${url}?as=ada`)
  const [named, other] = await Promise.all([listenTo(t, `${url}?as=ben`), listenTo(t, url)])
  t.strictSame([named.status, other.status], [503, 200])
  await named.until(/1 clients say already where they are, and no more can/)
  await ada.others()
})

t.test('what a process could not say is said as soon as it can be', async (t) => {
  const refusing = await db.createCollection<PresenceLease>('refusing', { validator: { until: null } })
  const documentValidationFailure = 121
  let fault: (error: unknown) => void = () => undefined
  const faulty = new Promise((resolve) => { fault = resolve })
  const exchange = createPresenceLeases({ leases: refusing, onChange: () => undefined, onError: (error) => fault(error), everyMs: 10 })
  t.teardown(() => exchange.stop())
  exchange.set('articles/1', ['ada'])
  t.match(await faulty, { code: documentValidationFailure })
  await db.command({ collMod: 'refusing', validator: {} })
  while (await refusing.findOne({ here: ['articles/1', ['ada']] }) === null) await new Promise(setImmediate)
})

t.test('who can not be told now is told later, and only what is so then', async (t) => {
  const id = '66c0ffee0000000000000001'
  const faults: unknown[] = []
  let reads = 0
  const presence = createPresence({
    leases: { set: () => undefined, elsewhere: () => reads < 3 ? ['ben'] : ['cem'] },
    readersOf: () => () => ++reads === 1 ? Promise.reject(new Error('the database cannot be read')) : Promise.resolve(() => true),
    onError: (error) => faults.push(error)
  })
  const output = new ServerResponse(new IncomingMessage(new Socket()))
  const subscriber = new Subscriber({ collection: 'articles', id, presence: { id, name: 'ada' }, request: {} as never }, output, 400)
  subscriber.send(Buffer.from('x'.repeat(399)))
  presence.join(subscriber)
  while (reads < 2) await new Promise((resolve) => setTimeout(resolve, 10))
  subscriber.body.setEncoding('utf8').read()
  const [text] = await once(subscriber.body, 'data') as [string]
  t.equal(text, `event: presence\ndata: {"kind":"presence","id":"${id}","others":["cem"],"more":0}\n\n`)
  t.strictSame(faults, [new Error('the database cannot be read')])
  presence.leave(subscriber)
  t.equal(presence.size, 0)
})
