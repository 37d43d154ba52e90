import t from 'tap'
import { buildTestApp, listen } from '../app.js'
import { articleAt, create, send, urlOf, type Document } from '../contract/stored.js'
import { badRequest } from '../contract/stored.js'
import { listenTo } from './listener.js'

const { app, db } = await buildTestApp(t)
const base = await listen(app)
const events = `${base}/api/articles/events`

const patch = async (article: Document, content: object): Promise<Document> =>
  (await send(app, 'PATCH', urlOf(article), content, { 'if-match': `"${article.version}"` })).json<Document>()

t.test('a change of a document is an event, with what changed and when', async (t) => {
  const listener = await listenTo(t, events)
  t.equal(listener.status, 200)
  t.equal(listener.headers.get('content-type'), 'text/event-stream')
  t.match(listener.headers.get('cache-control'), /no-store/)

  const created = await create(app, '/api/articles', { title: 'A' })
  const { id } = created
  const edited = await patch(created, { title: 'B', tags: ['x'] })
  const published = (await send(app, 'POST', `${urlOf(created)}/publish`)).json<Document>()
  await send(app, 'DELETE', urlOf(created), undefined, { 'if-match': '"3"' })
  const { deletedAt } = (await send(app, 'GET', urlOf(created))).json<{ deletedAt: string }>()
  const again = (await send(app, 'PUT', urlOf(created), { title: 'C' }, { 'if-none-match': '*' })).json<Document>()
  const received = await listener.take(5)
  t.strictSame(received.map(({ event, data }) => [event, data]), [
    ['created', { id, version: 1, kind: 'created', changed: [''], at: created.updatedAt }],
    ['updated', { id, version: 2, kind: 'updated', changed: ['/title', '/tags'], at: edited.updatedAt }],
    ['updated', { id, version: 3, kind: 'updated', changed: ['/status'], at: published.updatedAt }],
    ['deleted', { id, version: 4, kind: 'deleted', changed: [''], at: deletedAt }],
    ['created', { id, version: 5, kind: 'created', changed: [''], at: again.updatedAt }]
  ])
  t.equal(new Set(received.map(({ id }) => id)).size, 5)
})

t.test('what changes nothing, what is refused, and what the service does for itself are no events', async (t) => {
  const article = await create(app, '/api/articles', { title: 'A' })
  const listener = await listenTo(t, events)
  await patch(article, { title: 'A' })
  await send(app, 'PATCH', urlOf(article), { title: 'stale' }, { 'if-match': '"9"' })
  await send(app, 'PATCH', urlOf(article), { title: 'B' }, { 'if-match': '"1"', 'idempotency-key': '"once"' })
  await send(app, 'PATCH', urlOf(article), { title: 'B' }, { 'if-match': '"1"', 'idempotency-key': '"once"' })
  // What the service might do to a document by itself: it leaves `change` as it is.
  await db.collection('articles').updateOne({ 'data.title': 'B' }, { $unset: { keys: '' }, $set: { outbox: [] } })
  let last = (await send(app, 'GET', urlOf(article))).json<Document>()
  // So many that the outbox is moved.
  for (let n = 0; n < 20; n++) last = await patch(last, { body: `${n}` })
  t.strictSame((await listener.take(21)).map(({ data }) => data.version), Array.from({ length: 21 }, (_, i) => i + 2))
})

t.test('one document is watched by its id, also before it is there, and all of a resource but no other', async (t) => {
  const id = '66c0ffee00000000000000aa'
  const one = await listenTo(t, `${base}/api/articles/${id.toUpperCase()}/events`)
  const all = await listenTo(t, events)
  await create(app, '/api/users', { email: 'ada@example.com', username: 'ada' })
  const other = await create(app, '/api/articles', { title: 'other' })
  await send(app, 'PUT', `/api/articles/${id}`, { title: 'A' }, { 'if-none-match': '*' })
  t.match(await one.next(), { event: 'created', data: { id, version: 1 } })
  t.strictSame((await all.take(2)).map(({ data }) => data.id), [other.id, id])
})

t.test('fields: updates that change one of them, and every creation and delete', async (t) => {
  const listener = await listenTo(t, `${events}?fields=title,status`)
  const article = await articleAt(app, 4)
  await send(app, 'POST', `${urlOf(article)}/publish`)
  const titled = await patch({ ...article, version: 5 }, { title: 'B', body: '' })
  await send(app, 'DELETE', urlOf(article), undefined, { 'if-match': `"${titled.version}"` })
  t.strictSame((await listener.take(4)).map(({ data: { kind, version } }) => [kind, version]), [['created', 1], ['updated', 5], ['updated', 6], ['deleted', 7]])
})

t.test('what can not be read is 400, what is not acceptable 406, and HEAD has the headers', async (t) => {
  for (const [query, detail] of [
    ['fields=nothing', 'fields must be some of title, body, tags, status, with commas between'],
    ['fields=title&fields=body', 'fields is there more than once: put commas between the fields'],
    ['field=title', 'There is no parameter "field"; there are fields, as, in']
  ] as const) t.strictSame((await send(app, 'GET', `/api/articles/events?${query}`)).json(), badRequest(detail, '/api/articles/events'))
  t.strictSame((await send(app, 'GET', '/api/articles/x/events')).json(), badRequest('The id in the URL must be 24 hexadecimal digits', '/api/articles/x/events'))
  t.equal((await send(app, 'GET', '/api/articles/events', undefined, { accept: 'application/json' })).statusCode, 406)
  const head = await send(app, 'HEAD', '/api/articles/events')
  t.equal(head.statusCode, 200)
  t.equal(head.headers['content-type'], 'text/event-stream')
})

t.test('the events of many editors come in the order of the versions, each once', async (t) => {
  const listeners = await Promise.all(Array.from({ length: 3 }, () => listenTo(t, events)))
  const articles = await Promise.all(Array.from({ length: 4 }, () => create(app, '/api/articles', { title: '0' })))
  await Promise.all(articles.flatMap((article) => Array.from({ length: 8 }, async (_, editor) => {
    for (let edits = 0; edits < 5; edits++) await send(app, 'PATCH', urlOf(article), { title: `${editor}.${edits}` }, { 'if-match': '*' })
  })))
  for (const listener of listeners) {
    const received = await listener.take(4 * 41)
    for (const { id } of articles) t.strictSame(received.filter(({ data }) => data.id === id).map(({ data }) => data.version), Array.from({ length: 41 }, (_, i) => i + 1))
  }
})
