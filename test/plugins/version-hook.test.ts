import Fastify, { type FastifyInstance } from 'fastify'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { versionHook, type Stored, type VersionHookConfig, type VersionHookOptions } from '../../src/plugins/version-hook.js'

const updatedAt = new Date('2026-01-01T00:00:00.500Z')
const deletedAt = new Date('2026-02-01T00:00:00.250Z')
const document = { id: 'a', version: 5, updatedAt, title: 'A' }
const shown = { id: 'a', version: 5, updatedAt: updatedAt.toISOString(), title: 'A' }
const tombstone = { id: 'a', version: 6, deletedAt }

/** An app whose writes always miss, so that each reply is the refusal for `stored`. */
const build = async (t: Test, stored: Stored | null, options: VersionHookOptions = {}, config: VersionHookConfig = {}): Promise<FastifyInstance> => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(versionHook, options)
  app.get('/a', { config: { versionHook: config } }, (_request, reply) => reply.sendVersion(stored))
  app.get('/public', { config: { versionHook: config } }, (_request, reply) => reply.header('cache-control', 'public').sendVersion(stored))
  app.route({ method: ['PUT', 'PATCH', 'DELETE'], url: '/a', config: { versionHook: config }, handler: (_request, reply) => reply.refuse(stored) })
  app.post('/a/publish', { config: { versionHook: { ...config, verb: 'transition' } } }, (request, reply) => {
    if (request.writeCondition().kind === 'any' && stored !== null) return reply.sendVersion(stored)
    return reply.refuse(stored, { current: 'shown', members: { alreadyApplied: true } })
  })
  app.post('/', { config: { versionHook: true } }, (_request, reply) => reply.code(201).sendVersion({ version: 1 }, { created: true }))
  return app
}

const ask = async (app: FastifyInstance, method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'DELETE' | 'POST', headers: Record<string, string | string[]>, url = '/a') => {
  const reply = await app.inject({ method, url, headers })
  return { status: reply.statusCode, etag: reply.headers.etag, body: reply.body === '' ? undefined : reply.json<unknown>() }
}

t.test('a refused write', async (t) => {
  const conflict = (currentVersion: number, more: object) => ({
    statusCode: 409, code: 'NOCLOBBER_VERSION_CONFLICT', error: 'Conflict', message: 'The resource has been modified by another user', currentVersion, ...more
  })
  const weak = 'A weak entity-tag (W/) never matches in If-Match: send the strong one, without W/. A proxy on the way may have weakened it'
  const exists = { statusCode: 409, code: 'NOCLOBBER_ALREADY_EXISTS', error: 'Conflict', message: 'The resource exists already', currentVersion: 5, retryable: false }
  const gone = { statusCode: 410, code: 'NOCLOBBER_GONE', error: 'Gone', message: 'The resource has been deleted', currentVersion: 6, deletedAt: deletedAt.toISOString() }
  const missing = { statusCode: 404, code: 'NOCLOBBER_NOT_FOUND', error: 'Not Found', message: 'There is nothing here' }
  const required = { statusCode: 428, code: 'NOCLOBBER_PRECONDITION_REQUIRED', error: 'Precondition Required' }
  const current = { current: shown, retryable: false }
  const nextToIt = { message: 'The resource has been deleted by another user', deleted: true, deletedAt: deletedAt.toISOString(), retryable: false }

  const rows: readonly [Record<string, string | string[]>, Stored | null, string | undefined, Record<string, unknown>][] = [
    [{ 'if-match': '"4"' }, document, '"5"', conflict(5, { yourVersion: 4, ...current })],
    [{ 'if-match': ['"3"', 'W/"4"'] }, document, '"5"', conflict(5, { yourVersion: 4, ...current })],
    [{ 'if-match': '"x"' }, document, '"5"', conflict(5, { yourVersion: null, ...current })],
    [{ 'if-match': 'W/"5"' }, document, '"5"', { ...conflict(5, { yourVersion: 5, ...current }), message: weak }],
    [{ 'if-unmodified-since': 'Wed, 31 Dec 2025 23:59:59 GMT' }, document, '"5"', conflict(5, { yourVersion: null, ...current })],
    [{ 'if-match': '"5"' }, tombstone, '"6"', { ...conflict(6, { yourVersion: 5 }), ...nextToIt }],
    [{ 'if-none-match': '*' }, document, '"5"', exists],
    [{ 'if-match': '"5"', 'if-none-match': '"5"' }, document, '"5"', exists],
    [{}, document, '"5"', { ...required, message: 'Say which version this changes: send its entity-tag in If-Match. That of the current version is "5"', currentVersion: 5 }],
    [{}, tombstone, '"6"', gone],
    [{ 'if-match': '*' }, tombstone, '"6"', gone],
    [{ 'if-match': '"5"' }, null, undefined, missing]
  ]
  for (const [headers, stored, etag, body] of rows) {
    const app = await build(t, stored)
    for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
      t.strictSame(await ask(app, method, headers), { status: body.statusCode, etag, body }, `${method} ${JSON.stringify(headers)}`)
    }
  }
  const app = await build(t, null)
  t.strictSame(await ask(app, 'PUT', {}), {
    status: 428, etag: undefined, body: { ...required, message: 'There is nothing here yet: send If-None-Match: * to create it' }
  })
  t.strictSame(await ask(app, 'PATCH', {}), { status: 404, etag: undefined, body: missing })
})

t.test('a write that missed what now fits may be tried again', async (t) => {
  t.match(await ask(await build(t, document), 'PUT', { 'if-match': '"5"' }), {
    status: 409, etag: '"5"', body: { code: 'NOCLOBBER_VERSION_CONFLICT', currentVersion: 5, yourVersion: 5, current: shown, retryable: true }
  })
  t.strictSame((await ask(await build(t, null), 'PUT', { 'if-none-match': '*' })).body, {
    statusCode: 409, code: 'NOCLOBBER_ALREADY_EXISTS', error: 'Conflict', message: 'The resource exists already', retryable: true
  })
})

t.test('reads', async (t) => {
  const app = await build(t, document)
  const whole = await app.inject('/a')
  t.strictSame(whole.json(), shown)
  t.match(whole.headers, { etag: '"5"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', 'cache-control': 'private, no-cache' })

  for (const method of ['GET', 'HEAD'] as const) {
    const holding: Record<string, string | string[]>[] = [{ 'if-none-match': '"5"' }, { 'if-none-match': ['"4"', 'W/"5"'] }, { 'if-none-match': '*' }, { 'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }]
    for (const headers of holding) {
      const reply = await app.inject({ method, url: '/a', headers })
      t.strictSame([reply.statusCode, reply.body], [304, ''], `${method} ${JSON.stringify(headers)}`)
      t.match(reply.headers, { etag: '"5"', 'cache-control': 'private, no-cache' })
    }
    const { status, etag } = await ask(app, method, { 'if-match': '"4"' })
    t.strictSame([status, etag], [412, '"5"'])
  }
  t.strictSame((await ask(app, 'GET', { 'if-match': '"4"', 'if-none-match': '"5"' })).body, {
    statusCode: 412, code: 'NOCLOBBER_PRECONDITION_FAILED', error: 'Precondition Failed', message: 'If-Match does not hold for the current version', currentVersion: 5
  })
  const deleted = await build(t, tombstone)
  t.match(await ask(deleted, 'GET', { 'if-none-match': '"6"' }), { status: 410, etag: '"6"', body: { currentVersion: 6, deletedAt: deletedAt.toISOString() } })
  t.equal((await ask(await build(t, null), 'GET', {})).status, 404)
})

t.test('a header that cannot be read is named, after the body could be read and before it is validated', async (t) => {
  const app = await build(t, document)
  for (const header of ['If-Match', 'If-None-Match']) {
    for (const [value, fault] of [
      ['', 'it is empty'], ['five', 'it must be *, or entity-tags such as "5", separated by commas'], ['"5', 'it must be *, or entity-tags such as "5", separated by commas'],
      ['*, "5"', '* must stand alone'], [Array(101).fill('"5"').join(), 'it has more than 100 entity-tags']
    ] as const) {
      for (const method of ['GET', 'PUT', 'POST'] as const) {
        t.strictSame((await ask(app, method, { [header]: value }, method === 'POST' ? '/a/publish' : '/a')).body, {
          statusCode: 400, code: 'NOCLOBBER_BAD_REQUEST', error: 'Bad Request', message: `${header} cannot be read: ${fault}`, header
        })
      }
    }
  }
  const validating = Fastify({ bodyLimit: 10 })
  t.teardown(() => validating.close())
  await validating.register(versionHook)
  validating.put('/', { config: { versionHook: true }, schema: { body: { type: 'object', required: ['title'] } } }, (_request, reply) => reply.refuse(null))
  const put = async (payload: string, type = 'application/json') =>
    (await validating.inject({ method: 'PUT', url: '/', payload, headers: { 'content-type': type, 'if-match': 'five' } })).json<{ code: string }>().code
  t.equal(await put('{}'), 'NOCLOBBER_BAD_REQUEST')
  t.equal(await put('{'), 'FST_ERR_CTP_INVALID_JSON_BODY')
  t.equal(await put('{"title":"a long one"}'), 'FST_ERR_CTP_BODY_TOO_LARGE')
  t.equal(await put('{}', 'text/css'), 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
})

t.test('nothing is dropped of headers that come on several lines, over HTTP', async (t) => {
  const app = await build(t, document)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const raw = (lines: string) => new Promise<string>((resolve, reject) => {
    let reply = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(`${lines}\r\nHost: x\r\nConnection: close\r\n\r\n`))
    socket.setEncoding('utf8').on('data', (chunk: string) => reply += chunk).on('end', () => resolve(reply)).on('error', reject)
  })
  t.match(await raw('PUT /a HTTP/1.1\r\nIf-Match: "3"\r\nIf-Match: "4"'), /^HTTP\/1\.1 409 .*"yourVersion":4/s)
  t.match(await raw('PUT /a HTTP/1.1\r\nIf-Match: "3"\r\nif-match: *'), /^HTTP\/1\.1 400 /)
  t.match(await raw('GET /a HTTP/1.1\r\nIf-None-Match: "3"\r\nIf-None-Match: "5"'), /^HTTP\/1\.1 304 /)
  const date = 'If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT'
  t.match(await raw(`GET /a HTTP/1.1\r\n${date}`), /^HTTP\/1\.1 304 /)
  t.match(await raw(`GET /a HTTP/1.1\r\n${date}\r\n${date}`), /^HTTP\/1\.1 200 /)
})

t.test('If-Match on a POST to a collection is refused, not ignored', async (t) => {
  const app = await build(t, document)
  t.strictSame(await ask(app, 'POST', { 'if-match': '"5"' }, '/'), {
    status: 400,
    etag: undefined,
    body: {
      statusCode: 400, code: 'NOCLOBBER_BAD_REQUEST', error: 'Bad Request', header: 'If-Match',
      message: 'If-Match cannot be honoured here: what is created has no version to compare with yet'
    }
  })
  t.strictSame(await ask(app, 'POST', {}, '/'), { status: 201, etag: '"1"', body: { created: true } })
})

t.test('a transition needs no If-Match, and honours one that is sent; what the caller adds is in the body', async (t) => {
  const app = await build(t, document)
  t.strictSame(await ask(app, 'POST', {}, '/a/publish'), { status: 200, etag: '"5"', body: shown })
  t.match(await ask(app, 'POST', { 'if-match': '"4"' }, '/a/publish'), { status: 409, etag: '"5"', body: { current: 'shown', alreadyApplied: true, retryable: false } })
})

t.test('policy: of the plugin, and of a route, which goes first', async (t) => {
  const stale = { 'if-match': '"4"' }
  const status412 = await ask(await build(t, document, { mismatchStatus: 412, showCurrent: false }), 'PUT', stale)
  t.strictSame(status412, {
    status: 412,
    etag: '"5"',
    body: {
      statusCode: 412, code: 'NOCLOBBER_VERSION_CONFLICT', error: 'Precondition Failed', message: 'The resource has been modified by another user',
      currentVersion: 5, yourVersion: 4, retryable: false
    }
  })
  t.equal((await ask(await build(t, document, { mismatchStatus: 412 }, { mismatchStatus: 409 }), 'PUT', stale)).status, 409)
  t.match(await ask(await build(t, document, {}, { ifMatch: 'optional' }), 'PUT', {}), { status: 409, body: { retryable: true } }, 'no 428')
  t.match(await ask(await build(t, document, { weakIfMatch: 'compare' }), 'PUT', { 'if-match': 'W/"5"' }), { status: 409, body: { retryable: true } }, 'it matches')
  t.equal((await ask(await build(t, null, {}, { verb: 'patch' }), 'PUT', {})).status, 404, 'a PUT that creates nothing does not ask for If-None-Match')
  t.equal((await (await build(t, document, { cacheControl: false })).inject('/a')).headers['cache-control'], undefined)
  t.equal((await (await build(t, document)).inject('/public')).headers['cache-control'], 'public')
})

t.test('wrong options fail at registration, with the value', async (t) => {
  const wrong = async (options: object, config: object, method = 'PUT') => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(versionHook, options)
    app.route({ method, url: '/a', config: { versionHook: config }, handler: () => null })
  }
  await t.rejects(wrong({ ifMatch: 'always' }, {}), { message: 'noclobber-version-hook: ifMatch is "always", but may be "required" or "optional"' })
  await t.rejects(wrong({ cacheControl: true }, {}), { message: 'noclobber-version-hook: cacheControl is true, but may be text or false' })
  await t.rejects(wrong({ ifmatch: 'optional' }, {}), { message: /^noclobber-version-hook: there is no option ifmatch; there are ifMatch, / })
  await t.rejects(wrong({}, { mismatchStatus: 428 }), { message: 'config.versionHook of PUT /a: mismatchStatus is 428, but may be 409 or 412' })
  await t.rejects(wrong({}, {}, 'OPTIONS'), { message: 'config.versionHook of OPTIONS /a: the method says no verb, so the config must' })
  await t.resolves(wrong({}, { verb: 'read' }, 'OPTIONS'))
})

t.test('a route that does not ask gets no hook; what needs one says so', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(versionHook)
  const hooks: unknown[] = []
  app.addHook('onRoute', ({ onRequest, preValidation, onError, onSend, errorHandler }) => { hooks.push(onRequest, preValidation, onError, onSend, errorHandler) })
  app.put('/', (request) => request.preconditions)
  app.put('/off', { config: { versionHook: false } }, (request) => request.versionFilter())
  app.get('/read', { config: { versionHook: true } }, (request) => request.versionFilter())
  app.get('/wrong', { config: { versionHook: true } }, (_request, reply) => reply.sendVersion({ version: 0 }))
  t.strictSame(hooks.slice(0, 10), Array(10).fill(undefined))
  const message = async (method: 'PUT' | 'GET', url: string) => (await app.inject({ method, url, headers: { 'if-match': 'five' } })).json<{ message: string }>().message
  t.equal(await message('PUT', '/'), 'PUT / has no config.versionHook, or has not come to preValidation yet')
  t.equal(await message('PUT', '/off'), 'PUT /off has no config.versionHook, or has not come to preValidation yet')
  t.equal((await app.inject('/read')).json<{ message: string }>().message, 'GET /read has verb read, which changes no document')
  t.equal((await app.inject('/wrong')).json<{ message: string }>().message, 'The version of a stored document is 0, but must be an integer >= 1')
})

t.test('an app with an error handler of its own gets the error, with all it knows', async (t) => {
  const stale = { method: 'PUT', url: '/a', headers: { 'if-match': '"4"' } } as const
  for (const when of ['before', 'after', 'after the routes'] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    const seen: unknown[] = []
    const own = () => app.setErrorHandler((error, _request, reply) => {
      seen.push(error)
      return reply.code(418).send({ own: true })
    })
    if (when === 'before') own()
    await app.register(versionHook)
    if (when === 'after') own()
    app.put('/a', { config: { versionHook: true } }, (_request, reply) => reply.refuse(document))
    if (when === 'after the routes') own()
    t.strictSame((await app.inject(stale)).json(), { own: true }, when)
    t.match(seen, [{ statusCode: 409, code: 'NOCLOBBER_VERSION_CONFLICT', members: { currentVersion: 5, yourVersion: 4, current: document }, headers: { etag: '"5"' } }])
  }
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(versionHook)
  app.put('/a', { config: { versionHook: true }, errorHandler: (_error, _request, reply) => { void reply.code(418).send({ route: true }) } }, (_request, reply) => reply.refuse(document))
  app.get('/b', { config: { versionHook: true } }, () => { throw new Error('another') })
  t.strictSame((await app.inject(stale)).json(), { route: true })
  t.strictSame((await app.inject('/b')).json(), { statusCode: 500, error: 'Internal Server Error', message: 'another' }, 'any other error is left to Fastify')
})
