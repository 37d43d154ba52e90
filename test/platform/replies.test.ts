import Fastify from 'fastify'
import t from 'tap'
import { articles } from '../../src/resources/articles.js'
import { handlerTimeoutPlugin } from '../../src/plugins/handler-timeout.js'
import { serverOptions } from '../../src/plugins/server-options.js'
import { problemDetailsPlugin } from '../../src/plugins/problem-details.js'
import { buildTestApp } from '../app.js'
import { problem } from '../plugins/problem-app.js'

const security = {
  'content-security-policy': "default-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none';object-src 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
}

t.test('every reply has the security headers, errors too; a page may set a policy of its own', async (t) => {
  const { app } = await buildTestApp(t)
  for (const [url, status] of [['/health/live', 200], ['/api/articles', 200], ['/nothing', 404], ['/api/articles/x', 400]] as const) {
    t.match(await app.inject(url), { statusCode: status, headers: security }, url)
  }
  t.match(await app.inject({ url: '/problems/gone', headers: { accept: 'text/html' } }), { headers: { ...security, 'content-security-policy': "default-src 'none'" } })
})

t.test('what is not asked for is not there', async (t) => {
  const { app } = await buildTestApp(t, { platform: {}, resources: [articles] })
  const { headers } = await app.inject('/api/articles')
  t.strictSame(Object.keys(headers).sort(), ['cache-control', 'connection', 'content-length', 'content-type', 'date', 'etag', 'x-request-id'])
  t.notOk(app.hasPlugin('noclobber-running-requests'))
})

t.test('a handler that does not answer in time is a 503, which doesn\'t say what became of a write; a long-lived reply has time', async (t) => {
  const app = Fastify(serverOptions)
  t.teardown(() => app.close())
  await app.register(problemDetailsPlugin)
  await app.register(handlerTimeoutPlugin, { timeoutMs: 20 })
  const never = () => new Promise<string>(() => undefined)
  let finish: (text: string) => void = () => undefined
  const started = new Promise<void>((start) => {
    app.get('/stream', { config: { longLived: true } }, () => new Promise<string>((resolve) => {
      finish = resolve
      start()
    }))
  })
  app.get('/', never)
  app.put('/', never)
  const stream = app.inject('/stream').then(({ statusCode, body }) => [statusCode, body])
  await started
  const late = (members: object) => problem('unavailable', 'Service Unavailable', 503, 'The service did not answer in time', '/', { retryable: true, ...members })
  t.strictSame((await app.inject('/')).json(), late({}))
  t.strictSame((await app.inject({ method: 'PUT', url: '/' })).json(), late({ outcome: 'unknown' }))
  finish('done')
  t.strictSame(await stream, [200, 'done'])
})
