import { once } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import { buildProblemApp, problem } from './problem-app.js'
import { exchange, openSocket, readUntilClosed } from './raw-http.js'

const RAW_HEADERS = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', connection: 'close' }
const notHttp = problem('bad-request', 'Bad Request', 400, 'The request is not HTTP/1.1 as RFC 9112 defines it', undefined)

t.test('what is no HTTP is 400, and the connection is closed', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.post('/', () => 'done')
  })
  await app.listen({ port: 0 })
  const cases = [
    'FOO / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nBad Header: 1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n',
    'GET / HTTP/9.9\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    '\x16\x03\x01\x02\x00\x01'
  ]
  for (const bytes of cases) {
    const replies = await exchange(app, bytes)
    t.equal(replies.length, 1, JSON.stringify(bytes))
    t.match(replies[0], { status: 400, headers: RAW_HEADERS }, JSON.stringify(bytes))
    t.strictSame(JSON.parse(replies[0]?.body ?? ''), notHttp)
  }
})

t.test('a header section over 16 kB is 431', async (t) => {
  const app = await buildProblemApp(t, () => undefined)
  await app.listen({ port: 0 })
  const [reply] = await exchange(app, `GET / HTTP/1.1\r\nHost: a\r\nIf-Match: "${'5'.repeat(100_000)}"\r\n\r\n`)
  t.match(reply, { status: 431, headers: RAW_HEADERS })
  t.strictSame(JSON.parse(reply?.body ?? ''), { ...problem('too-large', 'Content Too Large', 431, 'The header section is larger than the service takes', undefined), error: 'Request Header Fields Too Large' })
})

t.test('chunk extensions without end are 413', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.post('/', () => 'done')
  })
  await app.listen({ port: 0 })
  const [reply] = await exchange(app, `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1;a=${'b'.repeat(20_000)}\r\n`)
  t.match(reply, { status: 413, headers: RAW_HEADERS })
  t.strictSame(JSON.parse(reply?.body ?? ''), problem('too-large', 'Content Too Large', 413, 'The chunk extensions are larger than the service takes', undefined))
})

t.test('a request that does not arrive whole in time is 408, with Retry-After', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.post('/', () => 'done')
  }, { requestTimeout: 50, http: { requireHostHeader: false, connectionsCheckingInterval: 20, headersTimeout: 50 } })
  await app.listen({ port: 0 })
  const timeout = problem('request-timeout', 'Request Timeout', 408, 'The request did not arrive whole in time', undefined, { retryable: true })
  for (const bytes of ['POST / HTTP/1.1\r\nHost: a\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{']) {
    const replies = await exchange(app, bytes)
    t.match(replies, [{ status: 408, headers: { ...RAW_HEADERS, 'retry-after': '1' } }])
    t.equal(replies.length, 1)
    t.strictSame(JSON.parse(replies[0]?.body ?? ''), timeout)
  }
})

t.test('a refusal is never taken for the reply to a request before it, whose own comes first', async (t) => {
  let answer: (text: string) => void = () => undefined
  const app = await buildProblemApp(t, (app) => {
    app.get('/', () => new Promise<string>((resolve) => {
      answer = resolve
      app.server.emit('a handler runs')
    }))
  })
  await app.listen({ port: 0 })
  const socket = await openSocket(app)
  const runs = once(app.server, 'a handler runs')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await runs
  for (const bytes of ['no HTTP\r\n\r\n', 'and more of it\r\n\r\n']) {
    const refused = once(app.server, 'clientError')
    socket.write(bytes)
    await refused
  }
  const replies = readUntilClosed(socket)
  answer('the reply')
  t.match(await replies, [{ status: 200, body: 'the reply' }, { status: 400, headers: RAW_HEADERS }])
})

t.test('a reply that is being sent when the rest of its request turns out bad is cut off', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.get('/', (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-length': '10' })
      reply.raw.write('12345')
    })
  })
  await app.listen({ port: 0 })
  const socket = await openSocket(app)
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  await once(socket, 'data')
  socket.write('zz\r\n')
  t.strictSame(await readUntilClosed(socket), [])
})

t.test('a client that resets its connection is answered by nothing', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.get('/', () => 'done')
    app.post('/', () => 'done')
  })
  await app.listen({ port: 0 })
  const refused = once(app.server, 'clientError') as Promise<[Error & { code: string }, Socket]>
  const socket = await openSocket(app)
  const begun = once(app.server, 'request')
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{')
  await begun
  socket.resetAndDestroy()
  const [error, serverSide] = await refused
  t.equal(error.code, 'ECONNRESET')
  t.equal(serverSide.bytesWritten, 0)
  t.equal((await app.inject('/')).body, 'done')
})
