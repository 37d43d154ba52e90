import t from 'tap'
import { buildTestApp } from '../app.js'
import { create, send, urlOf } from '../contract/stored.js'

const origin = 'https://app.example'
const { app } = await buildTestApp(t, { platform: { corsOrigins: [origin, 'http://localhost:8080'], compression: true } })
const url = urlOf(await create(app, '/api/articles', { title: 'A', body: 'x'.repeat(2000) }))
const exposed = 'ETag, Link, Location, Retry-After, Preference-Applied, Idempotency-Replayed, X-Request-Id'

t.test('a preflight is told what may be sent, also for a method that another origin would be refused', async (t) => {
  const preflight = await app.inject({ method: 'OPTIONS', url, headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'if-match,content-type' } })
  t.match(preflight, { statusCode: 204, body: '', headers: {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'Authorization, Content-Type, If-Match, If-None-Match, Prefer, Idempotency-Key, Last-Event-ID, X-Request-Id',
    'access-control-max-age': '600',
    vary: 'Origin'
  } })
  t.notOk('access-control-allow-credentials' in preflight.headers)
})

t.test('replies and refusals can be read by pages of the origins that are named', async (t) => {
  t.match(await app.inject({ url, headers: { origin } }), { statusCode: 200, headers: { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed, vary: 'Origin, Accept-Encoding' } })
  const edited = await send(app, 'PUT', url, { title: 'B' }, { origin, 'if-match': '"1"' })
  t.match(edited, { statusCode: 200, headers: { 'access-control-allow-origin': origin, vary: 'Prefer, Origin' } })
  for (const [method, target, status] of [['PUT', url, 409], ['GET', '/nothing', 404], ['PUT', '/api/articles', 405]] as const) {
    const refusal = await send(app, method, target, { title: 'C' }, { origin, 'if-match': '"1"' })
    t.match(refusal, { statusCode: status, headers: { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed, vary: 'Origin', 'content-type': 'application/problem+json' } })
  }
})

t.test('pages of others get no leave', async (t) => {
  const { headers } = await app.inject({ url, headers: { origin: 'https://app.example.evil.example' } })
  t.notOk('access-control-allow-origin' in headers)
  t.equal(headers.vary, 'Origin')
})

t.test('an OPTIONS that is no preflight tells the methods, as without CORS', async (t) => {
  t.match(await app.inject({ method: 'OPTIONS', url }), { statusCode: 204, headers: { allow: 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS', 'accept-patch': 'application/merge-patch+json, application/json, application/json-patch+json' } })
  t.equal((await app.inject({ method: 'OPTIONS', url: '/nothing' })).statusCode, 404)
})

t.test('* is any origin', async (t) => {
  const { app } = await buildTestApp(t, { platform: { corsOrigins: ['*'] } })
  const { headers } = await app.inject({ url: '/health/live', headers: { origin } })
  t.equal(headers['access-control-allow-origin'], '*')
})

t.test('unless it is asked for there is none of it', async (t) => {
  const { app } = await buildTestApp(t)
  const { headers } = await app.inject({ url: '/health/live', headers: { origin } })
  t.strictSame(Object.keys(headers).filter((name) => name.startsWith('access-control') || name === 'vary'), [])
  t.equal((await app.inject({ method: 'OPTIONS', url: '/health/live', headers: { origin, 'access-control-request-method': 'GET' } })).headers.allow, 'GET, HEAD, OPTIONS')
})
