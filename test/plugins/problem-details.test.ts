import { Writable } from 'node:stream'
import createError from '@fastify/error'
import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import t from 'tap'
import { errors } from '../../src/errors.js'
import { problemDetailsPlugin } from '../../src/plugins/problem-details.js'
import { serverOptions } from '../../src/plugins/server-options.js'
import { buildProblemApp, problem } from './problem-app.js'
import { exchange } from './raw-http.js'

t.test('an error with a problem type: its members and headers, never cached', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.get('/things/5', () => {
      throw errors.versionConflict({ members: { currentVersion: 6, yourVersion: null }, headers: { etag: '"6"' } })
    })
  })
  const reply = await app.inject('/things/5?secret=1')
  t.equal(reply.statusCode, 409)
  t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', etag: '"6"' })
  t.strictSame(reply.json(), problem('version-conflict', 'Conflict', 409, 'The resource has been modified by another user', '/things/5', { retryable: false, currentVersion: 6, yourVersion: null }))
})

t.test('a status that is not that of the type: the title stays, error is the reason phrase of the status', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.get('/', () => {
      throw errors.versionConflict({ status: 412 })
    })
  })
  const reply = await app.inject('/')
  t.equal(reply.statusCode, 412)
  t.strictSame(reply.json(), {
    ...problem('version-conflict', 'Conflict', 412, 'The resource has been modified by another user', '/', { retryable: false }),
    error: 'Precondition Failed'
  })
})

t.test('anything else is a 500 that is logged, and of which the reply says nothing', async (t) => {
  const lines: string[] = []
  const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => { lines.push(chunk.toString()); done() } })
  const app = await buildProblemApp(t, (app) => {
    app.get('/error', () => { throw Object.assign(new Error('E11000 secret'), { code: 11000 }) })
    app.get('/string', () => { throw 'secret' as unknown as Error })
    app.get('/undefined', () => Promise.reject(undefined as unknown as Error))
    app.get('/status', () => { throw Object.assign(new Error('secret'), { statusCode: 502 }) })
    app.get('/reset', () => { throw Object.assign(new Error('secret'), { code: 'ECONNRESET' }) })
  }, { logger: { level: 'error', stream } })
  for (const url of ['/error', '/string', '/undefined', '/status', '/reset']) {
    const reply = await app.inject(url)
    t.equal(reply.statusCode, 500, url)
    t.strictSame(reply.json(), problem('internal', 'Internal Server Error', 500, 'The service failed', url), url)
  }
  t.equal(lines.length, 5)
  t.match(lines[0], 'E11000 secret')
})

t.test('an error of another plugin: the type that fits its status, its headers, not its text', async (t) => {
  const cases: [number, string, string, string, object?][] = [
    [401, 'unauthorized', 'Unauthorized', 'The request needs a valid token in Authorization'],
    [403, 'forbidden', 'Forbidden', 'You may not do this to this resource'],
    [429, 'rate-limited', 'Too Many Requests', 'Too many requests in a short time', { retryable: true }],
    [503, 'unavailable', 'Service Unavailable', 'The service cannot answer just now', { retryable: true }]
  ]
  const app = await buildProblemApp(t, (app) => {
    for (const [status] of cases) app.get(`/${status}`, () => { throw Object.assign(new (createError('SOME_PLUGIN', 'secret', status))(), { headers: { 'Retry-After': 7 } }) })
    app.get('/418', () => { throw new (createError('SOME_PLUGIN', 'secret', 418))() })
  })
  for (const [status, slug, title, detail, members] of cases) {
    const reply = await app.inject(`/${status}`)
    t.equal(reply.statusCode, status)
    t.equal(reply.headers['retry-after'], '7')
    t.strictSame(reply.json(), problem(slug, title, status, detail, `/${status}`, members))
  }
  const teapot = await app.inject('/418')
  t.strictSame(teapot.json(), { ...problem('bad-request', 'Bad Request', 418, 'The request cannot be read', '/418'), error: "I'm a Teapot" })
})

t.test('what a handler had set for its success is not sent with the error', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.get('/', (_request, reply) => {
      reply.headers({ etag: '"5"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', location: '/x', 'cache-control': 'private, no-cache', 'x-request': 'kept' }).type('text/html')
      throw errors.gone()
    })
  })
  const { headers } = await app.inject('/')
  t.match(headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'x-request': 'kept' })
  for (const name of ['etag', 'last-modified', 'location']) t.notOk(name in headers, name)
})

t.test('a schema for the reply leaves no member out', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.get('/', { schema: { response: { 410: Type.Object({ message: Type.String() }) } } }, () => {
      throw errors.gone({ members: { currentVersion: 4 } })
    })
  })
  t.strictSame((await app.inject('/')).json(), problem('gone', 'Gone', 410, 'The resource has been deleted', '/', { currentVersion: 4 }))
})

t.test('HEAD: the headers of the problem, and no body', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.get('/', () => { throw errors.gone() })
  })
  await app.listen({ port: 0 })
  const [reply, ...others] = await exchange(app, 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  t.equal(reply?.status, 410)
  t.match(reply?.headers, { 'content-type': 'application/problem+json', 'content-length': String(JSON.stringify(problem('gone', 'Gone', 410, 'The resource has been deleted', '/')).length) })
  t.equal(reply?.body, '')
  t.strictSame(others, [])
})

t.test('a URL that is not percent-encoded UTF-8, and one that no route has', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.get('/things/:id', () => 'a')
  })
  const bad = await app.inject('/things/%ff')
  t.equal(bad.statusCode, 400)
  t.strictSame(bad.json(), problem('bad-request', 'Bad Request', 400, 'The path of the URL is not percent-encoded UTF-8', '/things/%ff'))
  const missing = await app.inject({ method: 'POST', url: '/nothing"<here>', payload: 'x', headers: { 'content-type': 'text/plain' } })
  t.equal(missing.statusCode, 404)
  t.strictSame(missing.json(), problem('not-found', 'Not Found', 404, 'There is nothing here', '/nothing%22%3Chere%3E'))
})

t.test('alone: it needs none of the other plugins', async (t) => {
  const app = Fastify(serverOptions)
  t.teardown(() => app.close())
  await app.register(problemDetailsPlugin)
  app.post('/', { bodyLimit: 10 }, () => 'a')
  const cases: [object, number, object][] = [
    [{ url: '/none' }, 404, problem('not-found', 'Not Found', 404, 'There is nothing here', '/none')],
    [{ method: 'POST', url: '/', payload: '{"a":', headers: { 'content-type': 'application/json' } }, 400, problem('bad-request', 'Bad Request', 400, 'The body is not JSON', '/')],
    [{ method: 'POST', url: '/', payload: '', headers: { 'content-type': 'application/json' } }, 400, problem('bad-request', 'Bad Request', 400, 'The body is empty', '/')],
    [{ method: 'POST', url: '/', payload: '12345678901', headers: { 'content-type': 'application/json' } }, 413, problem('too-large', 'Content Too Large', 413, 'The body is larger than 10 bytes', '/')],
    [{ method: 'POST', url: '/', payload: '<a/>', headers: { 'content-type': 'text/xml' } }, 415, problem('unsupported-media-type', 'Unsupported Media Type', 415, 'The Content-Type is another one; this URL takes application/json', '/')],
    [{ method: 'POST', url: '/', payload: '123', headers: { 'content-type': 'application/json', 'content-length': '9' } }, 400, problem('bad-request', 'Bad Request', 400, 'The body has not the length that Content-Length says', '/')]
  ]
  for (const [request, status, body] of cases) {
    const reply = await app.inject(request)
    t.equal(reply.statusCode, status)
    t.strictSame(reply.json(), body)
  }
})

t.test('a handler that is out of time: unavailable, and unknown whether a write was applied', async (t) => {
  const never = () => new Promise(() => undefined)
  const app = await buildProblemApp(t, (app) => {
    app.get('/', { handlerTimeout: 1 }, never)
    app.post('/', { handlerTimeout: 1, config: { emptyBody: true } }, never)
  })
  const read = await app.inject('/')
  t.equal(read.statusCode, 503)
  t.equal(read.headers['retry-after'], '1')
  t.strictSame(read.json(), problem('unavailable', 'Service Unavailable', 503, 'The service did not answer in time', '/', { retryable: true }))
  const write = await app.inject({ method: 'POST', url: '/' })
  t.strictSame(write.json(), problem('unavailable', 'Service Unavailable', 503, 'The service did not answer in time', '/', { retryable: true, outcome: 'unknown' }))
})
