import t, { type Test } from 'tap'
import { buildTestApp, listen } from '../app.js'
import { send, type Document } from '../contract/stored.js'
import { notes } from '../sign-in/notes.js'
import { papers } from '../sign-in/papers.js'
import { as, secret, tokenOf } from '../sign-in/tokens.js'
import { listenTo, type Listener } from './listener.js'

const signIn = { tokens: { secret } }
const resources = [notes, papers]
const { app, db } = await buildTestApp(t, { resources, signIn })
/** Another process of the service, which has to read what this one has written. */
const other = (await buildTestApp(t, { resources, signIn, database: db.databaseName })).app
const bases = [await listen(app), await listen(other)]

const create = async (sub: string, url: string, content: object): Promise<Document> => (await send(app, 'POST', url, content, as(sub))).json<Document>()
const change = async (method: 'PATCH' | 'DELETE' | 'PUT', sub: string, url: string, content?: object, version?: number) =>
  await send(app, method, url, content, { ...(version === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` }), ...as(sub) })

/** One and the same user listening on each process. */
const listenAs = async (t: Test, sub: string, path: string, after?: string): Promise<Listener[]> =>
  await Promise.all(bases.map(async (base) => await listenTo(t, `${base}${path}`, { headers: as(sub), ...(after !== undefined && { after }) })))

/** What each of them gets next. */
const told = async (listeners: readonly Listener[], count: number) =>
  await Promise.all(listeners.map(async (listener) => (await listener.take(count)).map(({ data: { id, version, kind } }) => [id, version, kind])))

t.test('of documents that are secret their owner alone is told, also of the delete, and of another\'s life of the id', async (t) => {
  const ada = await listenAs(t, 'ada', '/api/notes/events')
  const ben = await listenAs(t, 'ben', '/api/notes/events')
  const { id } = await create('ada', '/api/notes', { text: 'A' })
  const benOnIt = await listenAs(t, 'ben', `/api/notes/${id}/events`)
  const url = `/api/notes/${id}`
  await change('PATCH', 'ada', url, { text: 'B' }, 1)
  await change('DELETE', 'ada', url, undefined, 2)
  await change('PUT', 'ben', url, { text: 'C' })
  await change('PATCH', 'ben', url, { text: 'D' }, 4)
  const last = await create('ada', '/api/notes', { text: 'last' })
  for (const events of await told(ada, 4)) t.strictSame(events, [[id, 1, 'created'], [id, 2, 'updated'], [id, 3, 'deleted'], [last.id, 1, 'created']])
  for (const events of await told([...ben, ...benOnIt], 2)) t.strictSame(events, [[id, 4, 'created'], [id, 5, 'updated']])
  for (const listener of [...ben, ...benOnIt]) t.notMatch(listener.text(), /"ada"/)
})

t.test('authorize is asked of each version: permission begins and ends while one listens', async (t) => {
  const cem = await listenAs(t, 'cem', '/api/papers/events')
  const { id } = await create('ada', '/api/papers', { title: 'A' })
  const url = `/api/papers/${id}`
  await change('PATCH', 'ada', url, { editors: ['cem'] }, 1)
  await change('PATCH', 'cem', url, { title: 'B' }, 2)
  for (const events of await told(cem, 2)) t.strictSame(events, [[id, 2, 'updated'], [id, 3, 'updated']])
  const after = cem[0]?.lastId() ?? ''
  await change('PATCH', 'ada', url, { title: 'C' }, 3)
  await change('PATCH', 'ada', url, { editors: [] }, 4)
  await change('PATCH', 'ada', url, { title: 'private' }, 5)
  const { id: own } = await create('cem', '/api/papers', { title: 'own' })
  // What is told as it happens was readable then, or isn't told any more.
  const rest = await Promise.all(cem.map(async (listener) => {
    for (let events: unknown[] = []; ; ) {
      const { data: { id, version } } = await listener.next()
      events = [...events, version]
      if (id === own) return events
    }
  }))
  for (const versions of rest) t.ok(['1', '4,1'].includes(versions.join()), versions.join())
  for (const events of await told(await listenAs(t, 'cem', '/api/papers/events', after), 1)) t.strictSame(events, [[own, 1, 'created']], 'who comes back is told nothing of what it can no longer read')
  await send(app, 'POST', `${url}/publish`, undefined, as('ada'))
  for (const events of await told(cem, 1)) t.strictSame(events, [[id, 7, 'updated']])
})

t.test('where the version of a change is no longer kept, resync stands in for it, if that tells nothing that is secret', async (t) => {
  const { app } = await buildTestApp(t, { resources, signIn, historyLimit: 0 })
  const base = await listen(app)
  const post = async (url: string, content: object): Promise<Document> => (await send(app, 'POST', url, content, as('ada'))).json<Document>()
  const begin = async (url: string): Promise<string> => {
    const listener = await listenTo(t, `${base}${url}/events`, { headers: as('ada') })
    await listener.until(/^id: /m)
    listener.stop()
    return listener.lastId()
  }
  const [papersBegin, notesBegin] = [await begin('/api/papers'), await begin('/api/notes')]
  const edited = await post('/api/papers', { title: 'A' })
  await send(app, 'PATCH', `/api/papers/${edited.id}`, { title: 'B' }, { 'if-match': '"1"', ...as('ada') })
  for (const [url, content] of [['/api/papers', { title: 'deleted' }], ['/api/notes', { text: 'deleted' }]] as const) {
    const { id } = await post(url, content)
    await send(app, 'DELETE', `${url}/${id}`, undefined, { 'if-match': '"1"', ...as('ada') })
  }
  const last = await post('/api/notes', { text: 'last' })
  const resync = { event: 'resync', data: { reason: 'a change cannot be told, since the version that it made is no longer kept' } }
  const papersAgain = await listenTo(t, `${base}/api/papers/events`, { headers: as('ada'), after: papersBegin })
  t.match(await papersAgain.take(4), [resync, { event: 'updated', data: { id: edited.id, version: 2 } }, resync, resync])
  const notesAgain = await listenTo(t, `${base}/api/notes/events`, { headers: as('ada'), after: notesBegin })
  t.match(await notesAgain.next(), { event: 'created', data: { id: last.id } })
})

t.test('a stream ends when the token expires', async (t) => {
  const exp = Math.floor(Date.now() / 1000) + 2
  const listener = await listenTo(t, `${bases[0] ?? ''}/api/notes/events`, { headers: { authorization: `Bearer ${tokenOf({ sub: 'ada', exp })}` } })
  await listener.ended
  t.match(listener.text(), /\n: the sign-in has expired; come again with a new one and the last id\n\n$/)
  t.ok(Date.now() >= exp * 1000)
  t.equal((await fetch(`${bases[0] ?? ''}/api/notes/events`)).status, 401)
})
