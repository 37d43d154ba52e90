import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import t from 'tap'
import { buildTestApp, listen } from '../app.js'
import { create, send, urlOf } from '../contract/stored.js'
import { openSocket } from '../plugins/raw-http.js'

const lines: Record<string, unknown>[] = []
const stream = new Writable({
  write (chunk: Buffer, _encoding, done) {
    for (const line of chunk.toString().trimEnd().split('\n')) lines.push(JSON.parse(line) as Record<string, unknown>)
    done()
  }
})
const { app } = await buildTestApp(t, { logger: { level: 'info', stream } })

/** The lines that `requests` made, without what is of the process and the moment. */
const logged = async (requests: () => Promise<unknown>): Promise<Record<string, unknown>[]> => {
  lines.length = 0
  await requests()
  await new Promise(setImmediate)
  return lines.map(({ level, time, pid, hostname, ms, ...line }) => {
    for (const number of [level, time, pid, ms]) t.type(number, 'number')
    t.type(hostname, 'string')
    return { level, ...line }
  })
}

t.test('one line for each request, with its id, which the reply has too', async (t) => {
  const article = await create(app, '/api/articles', { title: 'A' })
  const { id } = article
  const url = urlOf(article)
  const request = (requestId: string, method: 'GET' | 'PUT', ifMatch: string) => send(app, method, url, method === 'PUT' ? { title: 'secret title' } : undefined, { 'if-match': ifMatch, 'x-request-id': requestId })
  t.strictSame(await logged(async () => {
    t.equal((await request('first.1', 'GET', '"1"')).headers['x-request-id'], 'first.1')
    await request('second_2', 'PUT', '"1"')
    await request('third-3', 'PUT', '"1"')
  }), [
    { level: 30, requestId: 'first.1', method: 'GET', route: '/api/articles/:id', id, status: 200, msg: 'request' },
    { level: 30, requestId: 'second_2', method: 'PUT', route: '/api/articles/:id', id, status: 200, msg: 'request' },
    { level: 30, requestId: 'third-3', method: 'PUT', route: '/api/articles/:id', id, status: 409, problem: 'version-conflict', msg: 'request' }
  ])
})

t.test('an X-Request-Id that could be anything is replaced by a UUID', async (t) => {
  for (const sent of ['', 'ada@example.com', 'a b', 'x'.repeat(65), '{"a":1}', undefined]) {
    const id = (await app.inject({ url: '/health/live', headers: { ...(sent !== undefined && { 'x-request-id': sent }) } })).headers['x-request-id']
    t.match(String(id), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  }
})

t.test('no body, token, query or e-mail address is in it, whatever goes wrong', async (t) => {
  const secret = randomBytes(8).toString('hex')
  const email = `${secret}@example.com`
  const headers = { authorization: `Bearer ${secret}`, 'idempotency-key': `"${secret}"`, 'x-forwarded-for': secret }
  const user = { email, username: secret }
  const all = await logged(async () => {
    await send(app, 'POST', '/api/users', user, headers)
    await send(app, 'POST', '/api/users', { ...user, name: 'B' }, { authorization: secret })
    await send(app, 'POST', '/api/users', { email: 1, [secret]: email }, headers)
    await send(app, 'POST', '/api/users', `{"${secret}`, headers)
    await send(app, 'PATCH', `/api/users/${email}`, { email }, { ...headers, 'if-match': `"${secret}"` })
    for (const url of [`/api/users?email=${email}`, `/api/articles?cursor=${secret}`, `/${secret}/${email}`, `/api/articles/${secret}@?token=${secret}`]) await app.inject({ url, headers })
  })
  t.strictSame(all.map(({ status, problem }) => [status, problem]), [
    [201, undefined], [409, 'duplicate'], [422, 'invalid'], [400, 'bad-request'], [400, 'bad-request'], [200, undefined], [400, 'bad-request'], [404, 'not-found'], [400, 'bad-request']
  ])
  t.notMatch(JSON.stringify(all), new RegExp(secret))
})

t.test('who hangs up leaves a line, too', async (t) => {
  await listen(app)
  const ended = new Promise<void>((resolve) => app.runningRequests.onEnd(({ aborted }) => { if (aborted) resolve() }))
  const started = new Promise<void>((resolve) => app.server.once('request', () => resolve()))
  const all = await logged(async () => {
    const socket = await openSocket(app)
    socket.write('POST /api/articles HTTP/1.1\r\nHost: a\r\nX-Request-Id: gone\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
    await started
    socket.destroy()
    await ended
  })
  t.match(all.filter(({ requestId }) => requestId === 'gone'), [{ method: 'POST', route: '/api/articles' }])
})
