import t from 'tap'
import { maxKeyBytes, readIdempotencyKey } from '../../src/idempotency/key-header.js'
import { buildTestApp } from '../app.js'
import { badRequest, create, send, urlOf } from '../contract/stored.js'

const uuid = '8e03978e-40d5-43e8-bc93-6894a57f9324'

t.test('a key is a string of Structured Fields, or what such a string holds', (t) => {
  for (const [header, key] of [
    [`"${uuid}"`, uuid], [uuid, uuid], [` "${uuid}" `, uuid], ['"a b"', 'a b'], ['"a,b;c=\\"d\\" \\\\"', 'a,b;c="d" \\'], ['a', 'a'], ['x:/?!~', 'x:/?!~'],
    ['k'.repeat(maxKeyBytes), 'k'.repeat(maxKeyBytes)], [`"${'k'.repeat(maxKeyBytes)}"`, 'k'.repeat(maxKeyBytes)]
  ] as const) t.equal(readIdempotencyKey(header), key, header.slice(0, 60))
  for (const header of ['', '""', ' ', '"', 'a b', 'a,b', 'a;b', '"a', 'a"', '"a"b', '"a", "b"', '"a";q=1', '"\\a"', '"é"', 'é', '"a\tb"', ':YQ==:,', 'k'.repeat(maxKeyBytes + 1), `"${'k'.repeat(maxKeyBytes + 1)}"`]) {
    t.equal(readIdempotencyKey(header), undefined, header.slice(0, 60))
  }
  t.end()
})

t.test('a key that cannot be read is 400, before what is wrong with the body, and nothing is written', async (t) => {
  const { app, db } = await buildTestApp(t)
  const article = await create(app, '/api/articles', { title: 'A' })
  const url = urlOf(article)
  for (const key of ['', '"', '"a", "b"', 'k'.repeat(256), 'é']) {
    const withoutVersion = { 'idempotency-key': key }
    const headers = { ...withoutVersion, 'if-match': '"1"' }
    for (const [method, at, body, sent] of [
      ['POST', '/api/articles', { title: 'B' }, withoutVersion], ['POST', '/api/articles', { title: '' }, withoutVersion], ['PUT', url, { title: 'B' }, headers], ['PATCH', url, { title: 'B' }, headers], ['PATCH', url, { unknown: 1 }, headers],
      ['DELETE', url, undefined, headers], ['POST', `${url}/publish`, undefined, headers], ['POST', `${url}/revisions/1/restore`, undefined, headers]
    ] as const) {
      const reply = await send(app, method, at, body, sent)
      t.equal(reply.statusCode, 400, `${method} ${at} ${key.slice(0, 10)}`)
      t.strictSame(reply.json(), badRequest('Idempotency-Key cannot be read: it must be a quoted string of at most 255 bytes', at, { header: 'Idempotency-Key' }))
    }
  }
  t.strictSame((await send(app, 'GET', url)).json(), article)
  t.equal(await db.collection('articles').countDocuments(), 1)
  t.equal(await db.collection('idempotency-keys').countDocuments(), 0)
  t.equal((await send(app, 'GET', url, undefined, { 'idempotency-key': '"' })).statusCode, 200, 'on a GET it says nothing')
})
