import { setTimeout as delay } from 'node:timers/promises'
import type { InjectOptions } from 'fastify'
import type { Response } from 'light-my-request'
import t, { type Test } from 'tap'
import { buildTestApp, listen } from '../app.js'
import { problem } from '../plugins/problem-app.js'
import { articleAt, create, urlOf, type Document } from './stored.js'
import { startOwnMongod } from './own-mongod.js'

t.setTimeout(180_000)

const unreachable = 'The database cannot be reached, or has no primary'
const unknown = 'The database did not answer in time: it may have been written. GET the document to find out'

interface Reply { readonly status: number, readonly headers: Headers, readonly body: string }

const received = ({ statusCode, headers, body }: Response): Reply => ({ status: statusCode, headers: new Headers(headers as Record<string, string>), body })

/** Sends a request, and gives up where no answer has come by then. */
const ask = async (url: string, method: string, withinMs: number, body?: object, ifMatch?: string): Promise<Reply> => {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(withinMs),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...(ifMatch !== undefined && { 'if-match': ifMatch }) },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

const unavailable = (t: Test, { status, headers, body }: Reply, at: string, outcome?: 'not-applied' | 'unknown') => {
  t.equal(status, 503)
  t.equal(headers.get('retry-after'), '1')
  t.equal(headers.get('content-type'), 'application/problem+json')
  if (body === '') return
  const detail = outcome === 'unknown' ? unknown : outcome === 'not-applied' ? `${unreachable}: nothing was written` : unreachable
  t.strictSame(JSON.parse(body), problem('unavailable', 'Service Unavailable', 503, detail, at, { retryable: true, ...(outcome && { outcome }) }))
}

/** Waits until the service says that it can serve. */
const ready = async (base: string) => {
  while ((await ask(`${base}/health/ready`, 'GET', 30_000)).status !== 200) await delay(50)
}

const requests = (article: Document, draft: Document) => [
  ['GET', urlOf(article), undefined, undefined],
  ['HEAD', urlOf(article), undefined, undefined],
  ['GET', '/api/articles', undefined, undefined],
  ['GET', '/health/ready', undefined, undefined],
  ['POST', '/api/articles', { title: 'B' }, undefined],
  ['PUT', urlOf(article), { title: 'B' }, '"1"'],
  ['PATCH', urlOf(article), { title: 'B' }, '"1"'],
  ['PATCH', urlOf(article), { title: 'B' }, '"9"'],
  ['DELETE', urlOf(article), undefined, '"1"'],
  ['PATCH', urlOf(article), { title: 'B' }, undefined],
  ['POST', `${urlOf(draft)}/publish`, undefined, undefined]
] as const

const writes = (method: string) => method !== 'GET' && method !== 'HEAD'

t.test('the database is killed, and comes back', async (t) => {
  const mongod = await startOwnMongod(t)
  const { app } = await buildTestApp(t, { mongodbUri: mongod.uri })
  const base = await listen(app)
  const [article, draft] = [await articleAt(app, 1), await articleAt(app, 1)]

  await mongod.kill()
  // Only a write that was on its way can be unknown; from here on the service knows that there is nobody to send it to.
  unavailable(t, await ask(base + urlOf(article), 'GET', 8_000), urlOf(article))
  await Promise.all(requests(article, draft).map(async ([method, at, body, ifMatch]) => {
    unavailable(t, await ask(base + at, method, 8_000, body, ifMatch), at, writes(method) ? 'not-applied' : undefined)
  }))
  t.strictSame(await Promise.all([ask(`${base}/health/live`, 'GET', 8_000), ask(`${base}/api/articles/x`, 'GET', 8_000), ask(`${base}/api/articles`, 'POST', 8_000, {})].map(async (reply) => (await reply).status)), [200, 400, 422], 'what needs no database is answered as ever')

  await mongod.start()
  await ready(base)
  t.strictSame(JSON.parse((await ask(base + urlOf(article), 'GET', 30_000)).body), article, 'what was said not to be applied was not')
  t.equal((await ask(base + urlOf(article), 'PUT', 30_000, { title: 'B' }, '"1"')).status, 200)
  t.equal((await ask(base + urlOf(draft), 'DELETE', 30_000, undefined, '"1"')).status, 204)
  t.equal((await ask(`${base}/api/articles`, 'POST', 30_000, { title: 'C' })).status, 201)
})

t.test('the database is frozen in the middle of requests, and goes on', async (t) => {
  const mongod = await startOwnMongod(t)
  const { app } = await buildTestApp(t, { mongodbUri: `${mongod.uri}&minPoolSize=8` })
  const [removed, ...written] = await Promise.all(Array.from({ length: 9 }, () => create(app, '/api/articles', { title: 'A' })))
  if (removed === undefined) throw new Error('nothing was created')

  // So many are open that each of the first commands gets one, and is on its way.
  while (await mongod.connections('noclobber') < 10) await delay(20)
  mongod.freeze()
  const answered = (options: InjectOptions) => app.inject({ ...options, signal: AbortSignal.timeout(13_000) })
  const [removal, read, ...puts] = await Promise.all([
    answered({ method: 'DELETE', url: urlOf(removed), headers: { 'if-match': '"1"' } }),
    answered({ url: urlOf(removed) }),
    ...written.map((article, i) => answered({ method: 'PUT', url: urlOf(article), payload: { title: `by ${i}` }, headers: { 'if-match': '"1"' } }))
  ])
  unavailable(t, received(removal), urlOf(removed), 'unknown')
  unavailable(t, received(read), urlOf(removed))
  const outcomes = puts.map((put) => put.json<{ outcome: 'not-applied' | 'unknown' }>().outcome)
  for (const [i, put] of puts.entries()) unavailable(t, received(put), urlOf(written[i] ?? removed), outcomes[i])

  mongod.thaw()
  while ((await app.inject('/health/ready')).statusCode !== 200) await delay(50)
  const { statusCode } = await app.inject(urlOf(removed))
  t.ok(statusCode === 200 || statusCode === 410)
  for (const [i, article] of written.entries()) {
    const after = await app.inject({ method: 'PUT', url: urlOf(article), payload: { title: 'after' }, headers: { 'if-match': '"1"' } })
    if (outcomes[i] === 'unknown' && after.statusCode === 409) {
      // What lay before the frozen process may be done after it goes on.
      t.match(after.json(), { currentVersion: 2, current: { title: `by ${i}` } })
    } else {
      t.equal(after.statusCode, 200, `${outcomes[i] ?? ''}: was not made`)
      t.match(after.json(), { version: 2, title: 'after' })
    }
    const stored = (await app.inject(urlOf(article))).json<Document>()
    t.match(stored, { version: 2, title: after.statusCode === 409 ? `by ${i}` : 'after' })
  }
  t.comment(outcomes.join(' '))
})
