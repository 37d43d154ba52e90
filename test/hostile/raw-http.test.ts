import type { FastifyInstance } from 'fastify'
import fc from 'fast-check'
import t from 'tap'
import { buildTestApp, listen } from '../app.js'
import { openSocket, readUntilClosed, type RawReply } from '../plugins/raw-http.js'

const url = '/api/articles'
const seed = 20_260_101

/** Sends bytes, says that no more follow, and reads what comes until the service closes the connection. */
const exchange = async (app: FastifyInstance, bytes: string): Promise<RawReply[]> => {
  const socket = await openSocket(app)
  const replies = readUntilClosed(socket)
  socket.end(bytes, 'latin1')
  return await replies
}

const isProblem = ({ status, headers, body }: RawReply): boolean =>
  headers['content-type'] === 'application/problem+json' && (JSON.parse(body) as { status: number }).status === status

/** What must hold of every reply, whatever was sent. */
const faultOf = (reply: RawReply): string | undefined => {
  if (!(reply.status >= 100 && reply.status < 500)) return `status ${reply.status}`
  return reply.status >= 400 && !isProblem(reply) ? `${reply.status} is no problem: ${JSON.stringify(reply)}` : undefined
}

t.test('raw HTTP', async (t) => {
  const { app } = await buildTestApp(t)
  await listen(app)
  // Node answers what it has read also where the client has said that no more follows.
  Reflect.set(app.server, 'httpAllowHalfOpen', true)
  const count = async (): Promise<number> => (await app.inject(url)).json<{ items: object[] }>().items.length
  const smuggled = `POST ${url} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"title":"S"}`

  t.test('requests that two servers could end at different places are refused, and what follows them is no request', async (t) => {
    const head = `POST ${url} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`
    const shapes: Readonly<Record<string, string>> = {
      'Content-Length and Transfer-Encoding': `${head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      'Transfer-Encoding and Content-Length': `${head}transfer-encoding: chunked\r\ncontent-length: ${smuggled.length + 5}\r\n\r\n0\r\n\r\n`,
      'two lengths': `${head}content-length: 0\r\ncontent-length: 5\r\n\r\n`,
      'a list of lengths': `${head}content-length: 0, 5\r\n\r\n`,
      'a length with a sign': `${head}content-length: +0\r\n\r\n`,
      'a length that is hexadecimal': `${head}content-length: 0x0\r\n\r\n`,
      'a coding after chunked': `${head}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
      'an unknown coding': `${head}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
      'chunked twice': `${head}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      'a space before the colon': `${head}transfer-encoding : chunked\r\n\r\n0\r\n\r\n`,
      'a vertical tab in the coding': `${head}transfer-encoding:\vchunked\r\n\r\n0\r\n\r\n`,
      'a line that is folded': `${head}transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
      'a chunk size that is too large': `${head}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n`,
      'a chunk size with a sign': `${head}transfer-encoding: chunked\r\n\r\n-1\r\n\r\n`,
      'a chunk that ends late': `${head}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`,
      'a bare CR in a header': `${head}x: a\rcontent-length: 5\r\n\r\n`,
      'NUL in a header': `${head}x: a\0b\r\n\r\n`
    }
    for (const [shape, bytes] of Object.entries(shapes)) {
      const replies = await exchange(app, bytes + smuggled)
      t.equal(replies.length, 1, `${shape}: one reply`)
      const [reply] = replies
      t.ok(reply !== undefined && reply.status >= 400 && reply.status < 500 && isProblem(reply), `${shape}: ${reply?.status ?? 'no reply'}`)
    }
    t.equal(await count(), 0, 'nothing was smuggled in')
  })

  t.test('pipelined requests are answered one by one, in their order', async (t) => {
    const replies = await exchange(app, [`GET ${url}/x`, 'GET /nothing', `GET ${url}`].map((line) => `${line} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''))
    t.strictSame(replies.map(({ status }) => status), [400, 404, 200])
  })

  t.test('whatever bytes are sent, each reply is HTTP, no 5xx, and an error is a problem', async (t) => {
    const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)), maxLength: 40 })
    const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 40 })
    const either = fc.oneof({ weight: 3, arbitrary: printable }, bytes)
    const method = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'get') }, either)
    const target = fc.oneof(fc.constantFrom(url, `${url}/${'a'.repeat(24)}`, `${url}/${'a'.repeat(24)}/publish`, `${url}?limit=1`, '*', 'http://x/', '//', '/..', `${url}/%00`), either.map((text) => `${url}/${text}`), either)
    const name = fc.oneof(fc.constantFrom('If-Match', 'If-None-Match', 'If-Unmodified-Since', 'If-Modified-Since', 'Prefer', 'Idempotency-Key', 'Accept', 'Accept-Encoding', 'Content-Type', 'Content-Length', 'Content-Encoding', 'Transfer-Encoding', 'Connection', 'Upgrade', 'Expect', 'Range', 'Cookie', 'Origin', 'X-Request-Id', 'X-Forwarded-For', 'X-HTTP-Method-Override', 'Host', '__proto__', 'constructor'), either)
    const value = fc.oneof(fc.constantFrom('"1"', '*', 'W/"1"', '"', '1', 'chunked', 'gzip', 'application/json', 'application/json-patch+json', '100-continue', 'close', 'keep-alive', 'upgrade', '0', '2', '-1', '99999999999999999999', '{"$gt":""}', 'return=minimal, conflict=merge'), either)
    const header = fc.tuple(name, value).map(([name, value]) => `${name}: ${value}\r\n`)
    const json = fc.json({ maxDepth: 3 })
    const chunked = fc.array(fc.tuple(fc.oneof(fc.constantFrom('0', '1', 'a', 'ffffffff', '-1', '1;x=y', ''), either), either), { maxLength: 3 }).map((chunks) => chunks.map(([size, data]) => `${size}\r\n${data}\r\n`).join(''))
    const body = fc.oneof(fc.constant(''), json, chunked, bytes)
    const request = fc.record({ method, target, headers: fc.array(header, { maxLength: 6 }), body, framed: fc.boolean() }).map(({ method, target, headers, body, framed }) =>
      `${method} ${target} HTTP/1.1\r\nhost: x\r\n${headers.join('')}${framed ? `content-type: application/json\r\ncontent-length: ${body.length}\r\n` : ''}\r\n${body}`)
    const sequence = fc.array(fc.oneof({ weight: 8, arbitrary: request }, bytes), { minLength: 1, maxLength: 3 }).map((requests) => requests.join(''))
    let replied = 0
    await fc.assert(fc.asyncProperty(sequence, async (sent) => {
      const replies = await exchange(app, sent)
      replied += replies.length
      const fault = replies.map(faultOf).find((fault) => fault !== undefined)
      if (fault !== undefined) throw new Error(fault)
    }), { seed, numRuns: 600 })
    t.ok(replied > 500, `${replied} replies`)
    t.equal((await app.inject('/health/ready')).statusCode, 200)
  })
})
