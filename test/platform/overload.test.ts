import t, { type Test } from 'tap'
import type { Response } from 'light-my-request'
import Fastify from 'fastify'
import { overloadPlugin } from '../../src/plugins/overload.js'
import { problemDetailsPlugin } from '../../src/plugins/problem-details.js'
import { runningRequestsPlugin } from '../../src/plugins/running-requests.js'
import { openSocket } from '../plugins/raw-http.js'
import { problem } from '../plugins/problem-app.js'

const refused = (t: Test, reply: Response, members: object = {}) => {
  t.match(reply, { statusCode: 503, headers: { 'retry-after': '1', 'content-type': 'application/problem+json', 'cache-control': 'no-store' } })
  t.strictSame(reply.json(), problem('unavailable', 'Service Unavailable', 503, 'The service is overloaded', '/', { retryable: true, ...members }))
}

/** An app whose `GET /wait` is answered when `release` is called. */
const appThatWaits = async (t: Test, options: { maxConcurrent: number, maxEventLoopDelayMs: number, sampleMs?: number }) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(problemDetailsPlugin)
  await app.register(runningRequestsPlugin)
  await app.register(overloadPlugin, options)
  const waiting: (() => void)[] = []
  const wait = () => new Promise<string>((resolve) => waiting.push(() => resolve('done')))
  app.get('/wait', wait)
  app.get('/stream', { config: { longLived: true } }, wait)
  app.get('/check', { config: { unlimited: true } }, () => 'done')
  app.get('/', () => 'done')
  app.put('/', () => 'done')
  await app.ready()
  return { app, waiting, release: () => waiting.splice(0).forEach((go) => go()) }
}

t.test('of more requests at once than are handled the last is refused, which a write is told', async (t) => {
  const { app, waiting, release } = await appThatWaits(t, { maxConcurrent: 2, maxEventLoopDelayMs: 0 })
  const first = Promise.all(['/wait', '/wait', '/stream'].map(async (url) => (await app.inject(url)).statusCode))
  while (waiting.length < 3) await new Promise(setImmediate)
  refused(t, await app.inject('/'))
  refused(t, await app.inject({ method: 'PUT', url: '/' }), { outcome: 'not-applied' })
  t.equal((await app.inject('/check')).statusCode, 200)
  release()
  t.strictSame(await first, [200, 200, 200])
  t.equal((await app.inject('/')).statusCode, 200)
})

t.test('a client that hangs up makes place for another', async (t) => {
  const { app, waiting } = await appThatWaits(t, { maxConcurrent: 1, maxEventLoopDelayMs: 0 })
  await app.listen({ port: 0 })
  const socket = await openSocket(app)
  socket.write('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n')
  while (waiting.length === 0) await new Promise(setImmediate)
  refused(t, await app.inject('/'))
  const ended = new Promise<boolean>((resolve) => app.runningRequests.onEnd(({ request, aborted }) => {
    if (request.url === '/wait') resolve(aborted)
  }))
  socket.destroy()
  t.equal(await ended, true)
  t.equal((await app.inject('/')).statusCode, 200)
})

t.test('while the event loop is late requests are refused', async (t) => {
  const { app } = await appThatWaits(t, { maxConcurrent: 0, maxEventLoopDelayMs: 1, sampleMs: 20 })
  const block = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  while (!app.isUnderPressure()) {
    block()
    await new Promise(setImmediate)
  }
  const [reply, write, check] = await Promise.all([app.inject('/'), app.inject({ method: 'PUT', url: '/' }), app.inject('/check')])
  refused(t, reply)
  refused(t, write, { outcome: 'not-applied' })
  t.equal(check.statusCode, 200)
})
