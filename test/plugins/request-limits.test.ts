import { once } from 'node:events'
import t from 'tap'
import { buildProblemApp, problem } from './problem-app.js'
import { exchange, openSocket, readUntilClosed } from './raw-http.js'

const app = await buildProblemApp(t, (app) => {
  app.get('/things/:id', (request) => ({ ifMatch: request.headers['if-match'] ?? null }))
  app.post('/things', (request) => request.body)
}, { bodyLimit: 100 })
await app.listen({ port: 0 })

t.test('a URL over 12 288 bytes is 414, also where it is longer than Node takes', async (t) => {
  const url = (bytes: number) => `/things/${'a'.repeat(bytes - 8)}`
  const [fits] = await exchange(app, `GET ${url(12_288)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  t.equal(fits?.status, 200)
  const [long] = await exchange(app, `GET ${url(12_289)} HTTP/1.1\r\nHost: a\r\n\r\n`)
  t.match(long, { status: 414, headers: { connection: 'close' } })
  const body = problem('too-large', 'Content Too Large', 414, 'The URL is longer than 12288 bytes', undefined)
  t.strictSame(JSON.parse(long?.body ?? ''), { ...body, error: 'URI Too Long', instance: url(2048) })
  const [longer] = await exchange(app, `GET ${url(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`)
  t.match(longer, { status: 414, headers: { connection: 'close', 'content-type': 'application/problem+json', 'cache-control': 'no-store' } })
  t.strictSame(JSON.parse(longer?.body ?? ''), { ...body, error: 'URI Too Long' })
})

t.test('a body that says it is too large is 413 at once, without being read', async (t) => {
  const [reply] = await exchange(app, 'POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 1000000000\r\n\r\n')
  t.match(reply, { status: 413, headers: { connection: 'close' } })
  t.strictSame(JSON.parse(reply?.body ?? ''), problem('too-large', 'Content Too Large', 413, 'The body is larger than 100 bytes', '/things'))
})

t.test('one that does not say so is 413 when it has become too large', async (t) => {
  const [reply] = await exchange(app, `POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n${'a'.repeat(128)}\r\n`)
  t.match(reply, { status: 413, headers: { connection: 'close' } })
  t.strictSame(JSON.parse(reply?.body ?? ''), problem('too-large', 'Content Too Large', 413, 'The body is larger than 100 bytes', '/things'))
})

t.test('a header after 3000 others is not dropped', async (t) => {
  const [reply] = await exchange(app, `GET /things/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${'a:b\r\n'.repeat(3000)}If-Match: "5"\r\n\r\n`)
  t.equal(reply?.body, '{"ifMatch":"\\"5\\""}')
})

t.test('HTTP/1.1 without Host is 400; HTTP/1.0 does without', async (t) => {
  const [reply] = await exchange(app, 'GET /things/1 HTTP/1.1\r\n\r\n')
  t.equal(reply?.status, 400)
  t.strictSame(JSON.parse(reply?.body ?? ''), problem('bad-request', 'Bad Request', 400, 'The request has no Host', '/things/1'))
  const [old] = await exchange(app, 'GET /things/1 HTTP/1.0\r\n\r\n')
  t.equal(old?.status, 200)
})

t.test('of expectations, 100-continue is met, another is 417', async (t) => {
  const [reply] = await exchange(app, 'GET /things/1 HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n')
  t.equal(reply?.status, 417)
  t.strictSame(JSON.parse(reply?.body ?? ''), { ...problem('bad-request', 'Bad Request', 417, 'Of the expectations, only 100-continue can be met', '/things/1'), error: 'Expectation Failed' })
  const socket = await openSocket(app)
  socket.write('POST /things HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n')
  const [interim] = await once(socket, 'data') as [Buffer]
  t.equal(interim.toString(), 'HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('{}')
  t.match(await readUntilClosed(socket), [{ status: 200, body: '{}' }])
})
