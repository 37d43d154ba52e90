import t from 'tap'
import { buildTestApp, storeModes } from '../app.js'
import { create, send, urlOf, type Document } from '../contract/stored.js'
import { contentsOf, everything, sendRequest, unsafeRequests } from './requests.js'

for (const storeMode of storeModes) {
  t.test(`the same request with the same key gets the first reply again (${storeMode})`, { timeout: 120_000 }, async (t) => {
    const { app, db } = await buildTestApp(t, { storeMode })
    for (const { name, status, prepare } of unsafeRequests) {
      t.test(name, async (t) => {
        const plain = await sendRequest(app, await prepare(app))
        t.equal(plain.statusCode, status)
        const request = await prepare(app)
        const first = await sendRequest(app, request, `"${name}"`)
        t.equal(first.statusCode, status)
        t.notOk('idempotency-replayed' in first.headers)
        t.strictSame(Object.keys(contentsOf(first).headers).sort(), Object.keys(contentsOf(plain).headers).sort(), 'a key changes nothing of the first reply')
        // What came in between doesn't matter: the reply is that of then.
        if (request.document !== undefined) await send(app, 'PATCH', urlOf(request.document), { tags: ['later'] }, { 'if-match': '*' })
        const before = await everything(db)
        for (const key of [`"${name}"`, ` "${name}"`, ...(name.includes(' ') ? [] : [name])]) {
          const again = await sendRequest(app, request, key)
          t.strictSame(contentsOf(again), contentsOf(first))
          t.equal(again.headers['idempotency-replayed'], 'true')
        }
        t.equal(await everything(db), before, 'once only')
      })
    }
  })
}

t.test('a success that changed nothing is kept too', async (t) => {
  const { app } = await buildTestApp(t)
  const article = await create(app, '/api/articles', { title: 'A' })
  const url = urlOf(article)
  const headers = { 'if-match': '*', 'idempotency-key': '"same"' }
  const first = await send(app, 'PATCH', url, { title: 'A' }, headers)
  t.strictSame(first.json(), article)
  await send(app, 'PATCH', url, { title: 'B' }, { 'if-match': '"1"' })
  const again = await send(app, 'PATCH', url, { title: 'A' }, headers)
  t.strictSame(contentsOf(again), contentsOf(first))
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.match((await send(app, 'GET', url)).json(), { version: 2, title: 'B' })
})

t.test('another service gives the same reply', async (t) => {
  const { app, db } = await buildTestApp(t)
  const { app: other } = await buildTestApp(t, { database: db.databaseName })
  const first = await send(app, 'POST', '/api/articles', { title: 'A' }, { 'idempotency-key': '"shared"' })
  const again = await send(other, 'POST', '/api/articles', { title: 'A' }, { 'idempotency-key': '"shared"' })
  t.strictSame(contentsOf(again), contentsOf(first))
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal(await db.collection('articles').countDocuments(), 1)
})

t.test('without a key each request is one of its own', async (t) => {
  const { app, db } = await buildTestApp(t)
  const [one, other] = [await create(app, '/api/articles', { title: 'A' }), await create(app, '/api/articles', { title: 'A' })]
  t.not(one.id, other.id)
  t.equal(await db.collection('idempotency-keys').countDocuments(), 0)
})

t.test('only a 2xx is kept: after any other reply the key is free again, also for another request', async (t) => {
  const { app, db } = await buildTestApp(t)
  const taken = await create(app, '/api/users', { email: 'ada@example.com', username: 'ada' })
  const article = await create(app, '/api/articles', { title: 'A' })
  const url = urlOf(article)
  for (const [status, method, at, body, headers] of [
    [404, 'PATCH', '/api/articles/ffffffffffffffffffffffff', { title: 'B' }, { 'if-match': '"1"' }],
    [409, 'PATCH', url, { title: 'B' }, { 'if-match': '"9"' }],
    [409, 'POST', '/api/users', { email: 'ADA@example.com', username: 'other' }, {}],
    [409, 'POST', `${url}/archive`, undefined, {}],
    [409, 'PUT', url, { title: 'B' }, { 'if-none-match': '*' }],
    [422, 'PUT', url, { title: 'B', status: 'published' }, { 'if-match': '"1"' }],
    [422, 'POST', '/api/articles', { title: '' }, {}],
    [428, 'DELETE', url, undefined, {}]
  ] as const) {
    const reply = await send(app, method, at, body, { ...headers, 'idempotency-key': '"free"' })
    t.equal(reply.statusCode, status)
    t.equal((await send(app, method, at, body, { ...headers, 'idempotency-key': '"free"' })).body, reply.body, `${method}: the same again`)
    t.equal(await db.collection('idempotency-keys').countDocuments(), 0)
  }
  const done = await send(app, 'PATCH', url, { title: 'B' }, { 'if-match': '"1"', 'idempotency-key': '"free"' })
  t.match(done.json<Document>(), { version: 2, title: 'B' })
  t.equal(await db.collection('idempotency-keys').countDocuments(), 1)
  t.equal(taken.version, 1)
})
