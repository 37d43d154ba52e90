import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { create, send, urlOf, type Document } from '../contract/stored.js'

const { app } = await buildTestApp(t)
const long = 'Once upon a time. '.repeat(100)
const decode = { gzip: gunzipSync, br: brotliDecompressSync }
const article = async (): Promise<Document> => await create(app, '/api/articles', { title: 'A', body: long })
const read = (url: string, headers: Record<string, string>) => app.inject({ url, headers })

for (const coding of ['gzip', 'br'] as const) {
  const accepts = { 'accept-encoding': coding }

  t.test(`${coding}: the tag of a compressed document is another strong one, and names its version when it is sent back`, async (t) => {
    const document = await article()
    const url = urlOf(document)
    const reply = await read(url, accepts)
    t.match(reply.headers, { etag: `"1-${coding}"`, 'content-encoding': coding, vary: 'Accept-Encoding', 'content-type': 'application/json; charset=utf-8' })
    t.ok(reply.rawPayload.length < long.length / 10)
    t.strictSame(JSON.parse(decode[coding](reply.rawPayload).toString()), document)
    const plain = await read(url, {})
    t.match(plain.headers, { etag: '"1"', vary: 'Accept-Encoding' })
    t.notOk('content-encoding' in plain.headers)
    t.strictSame(plain.json(), document)

    const unchanged = await read(url, { ...accepts, 'if-none-match': `"1-${coding}"` })
    t.match(unchanged, { statusCode: 304, body: '', headers: { etag: `"1-${coding}"`, vary: 'Accept-Encoding' } })
    t.match(await read(url, { 'if-none-match': '"1"' }), { statusCode: 304, headers: { etag: '"1"' } })
    t.equal((await app.inject({ method: 'HEAD', url, headers: { ...accepts, 'if-none-match': `W/"1-${coding}"` } })).statusCode, 304)

    const edited = await send(app, 'PUT', url, { title: 'B', body: long }, { ...accepts, 'if-match': `"1-${coding}"` })
    t.match(edited, { statusCode: 200, headers: { etag: `"2-${coding}"`, vary: 'Prefer, Accept-Encoding', 'content-location': url } })
    t.match(JSON.parse(decode[coding](edited.rawPayload).toString()), { version: 2, title: 'B' })
    const stale = await send(app, 'PUT', url, { title: 'C' }, { ...accepts, 'if-match': `"1-${coding}"` })
    t.match(stale, { statusCode: 409, headers: { etag: '"2"', 'content-encoding': coding, 'content-type': 'application/problem+json' } })
    t.match(JSON.parse(decode[coding](stale.rawPayload).toString()), { currentVersion: 2, yourVersion: 1, current: { title: 'B' } })
    t.equal((await read(url, { ...accepts, 'if-none-match': `"1-${coding}"` })).statusCode, 200)
    t.equal((await send(app, 'DELETE', url, undefined, { 'if-match': `"2-${coding}"` })).statusCode, 204)
  })

  t.test(`${coding}: the tag of a compressed list answers with 304, too`, async (t) => {
    await article()
    const plain = await read('/api/articles', {})
    const reply = await read('/api/articles', accepts)
    const tag = String(reply.headers.etag)
    t.equal(tag, `${String(plain.headers.etag).slice(0, -1)}-${coding}"`)
    t.equal(decode[coding](reply.rawPayload).toString(), plain.body)
    for (const ifNoneMatch of [tag, `"x", W/${tag}`]) {
      t.match(await read('/api/articles', { ...accepts, 'if-none-match': ifNoneMatch }), { statusCode: 304, body: '', headers: { etag: tag, vary: 'Accept-Encoding' } })
    }
  })

  t.test(`${coding}: a kept reply is replayed in the coding of each request`, async (t) => {
    const request = { 'idempotency-key': `"${coding}"` }
    const first = await send(app, 'POST', '/api/articles', { title: 'A', body: long }, { ...request, ...accepts })
    t.match(first.headers, { etag: `"1-${coding}"`, 'content-encoding': coding })
    const replay = await send(app, 'POST', '/api/articles', { title: 'A', body: long }, request)
    t.match(replay.headers, { etag: '"1"', 'idempotency-replayed': 'true', location: first.headers.location })
    t.equal(replay.body, decode[coding](first.rawPayload).toString())
    const again = await send(app, 'POST', '/api/articles', { title: 'A', body: long }, { ...request, ...accepts })
    t.match(again.headers, { etag: `"1-${coding}"`, 'idempotency-replayed': 'true', vary: 'Prefer, Accept-Encoding' })
    t.strictSame(again.rawPayload, first.rawPayload)
  })
}

t.test('what is small is sent as it is, and depends on no Accept-Encoding', async (t) => {
  const url = urlOf(await create(app, '/api/articles', { title: 'A' }))
  const { headers } = await read(url, { 'accept-encoding': 'gzip, br' })
  t.equal(headers.etag, '"1"')
  for (const name of ['content-encoding', 'vary']) t.notOk(name in headers, name)
})

t.test('a body that is sent compressed is 415', async (t) => {
  const reply = await send(app, 'POST', '/api/articles', '{}', { 'content-encoding': 'gzip' })
  t.match(reply, { statusCode: 415, headers: { 'accept-encoding': 'identity' } })
})
