import { randomBytes } from 'node:crypto'
import { Gauge } from 'prom-client'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { create, neverThere, send, urlOf } from '../contract/stored.js'

const { app, db } = await buildTestApp(t)
const merge = { prefer: 'conflict=merge' }

/** The samples of a metric, by their labels in braces. */
const samplesOf = async (metric: string): Promise<Record<string, number>> => {
  const { body } = await app.inject('/metrics')
  const lines = body.split('\n').filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
  return Object.fromEntries(lines.map((line): [string, number] => [line.slice(metric.length, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}

t.test('/metrics is text as Prometheus reads it', async (t) => {
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
  const reply = await app.inject({ url: '/metrics', headers: { accept } })
  t.match(reply, { statusCode: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' } })
  t.match(reply.body, /^# TYPE http_request_duration_seconds histogram$/m)
  t.match(reply.body, /^process_cpu_seconds_total [\d.]+$/m)
})

t.test('requests are counted by the pattern of their route, never by URL', async (t) => {
  const article = await create(app, '/api/articles', { title: 'A' })
  for (const url of [urlOf(article), urlOf(article), `/api/articles/${neverThere}`, `/api/articles/${neverThere}`, '/nothing/ada@example.com?token=s3cret']) await app.inject(url)
  await send(app, 'PUT', urlOf(article), { title: 'B' }, { 'if-match': '"1"' })
  const counts = await samplesOf('http_request_duration_seconds_count')
  t.match(counts, {
    '{method="POST",route="/api/articles",status="201"}': 1,
    '{method="GET",route="/api/articles/:id",status="200"}': 2,
    '{method="GET",route="/api/articles/:id",status="404"}': 2,
    '{method="PUT",route="/api/articles/:id",status="200"}': 1,
    '{method="GET",route="none",status="404"}': 1
  })
  t.notMatch((await app.inject('/metrics')).body, new RegExp(`${article.id}|${neverThere}|ada@example|s3cret`))
  t.equal((await samplesOf('http_request_duration_seconds_bucket'))['{le="+Inf",method="PUT",route="/api/articles/:id",status="200"}'], 1)
})

t.test('conflicts are counted by resource and kind, merges and replays by resource', async (t) => {
  const before = await samplesOf('noclobber_conflicts_total')
  const url = urlOf(await create(app, '/api/articles', { title: 'A', body: 'B' }))
  const version1 = { 'if-match': '"1"' }
  await send(app, 'PATCH', url, { title: 'B' }, version1)
  await send(app, 'PATCH', url, { title: 'C' }, version1)
  await send(app, 'PATCH', url, { title: 'C' }, { ...version1, ...merge })
  await send(app, 'PATCH', url, { body: 'C' }, { ...version1, ...merge })
  await send(app, 'POST', `${url}/archive`)
  await send(app, 'PUT', url, { title: 'D' }, { 'if-none-match': '*' })
  const name = randomBytes(6).toString('hex')
  const user = { email: `${name}@example.com`, username: name }
  const key = { 'idempotency-key': `"${name}"` }
  t.equal((await send(app, 'POST', '/api/users', user, key)).statusCode, 201)
  t.equal((await send(app, 'POST', '/api/users', user, key)).headers['idempotency-replayed'], 'true')
  t.equal((await send(app, 'POST', '/api/users', user)).statusCode, 409)
  t.strictSame(before, {})
  t.strictSame(await samplesOf('noclobber_conflicts_total'), {
    '{resource="articles",kind="version-conflict"}': 2,
    '{resource="articles",kind="state-conflict"}': 1,
    '{resource="articles",kind="already-exists"}': 1,
    '{resource="users",kind="duplicate"}': 1
  })
  t.strictSame(await samplesOf('noclobber_merges_total'), { '{resource="articles"}': 1 })
  t.strictSame(await samplesOf('noclobber_replays_total'), { '{resource="users"}': 1 })
})

t.test('a statement that is sent again is counted', async (t) => {
  const url = urlOf(await create(app, '/api/articles', { title: 'A' }))
  // What another process has written, this one doesn't know of.
  const { app: other } = await buildTestApp(t, { database: db.databaseName, platform: {} })
  t.equal((await send(other, 'PUT', url, { title: 'B' }, { 'if-match': '"1"' })).statusCode, 200)
  t.strictSame(await samplesOf('noclobber_write_retries_total'), {})
  t.match((await send(app, 'PUT', url, { title: 'C' }, { 'if-match': '*' })).json(), { version: 3, title: 'C' })
  t.strictSame(await samplesOf('noclobber_write_retries_total'), { '{resource="articles"}': 1 })
})

t.test('the use of the connections to the database', async (t) => {
  const connections = await samplesOf('mongodb_pool_connections')
  t.ok((connections['{state="open"}'] ?? 0) >= 1)
  t.equal(connections['{state="in_use"}'], 0)
  t.strictSame(await samplesOf('mongodb_pool_waiting'), { '': 0 })
  t.strictSame(await samplesOf('mongodb_pool_failures_total'), { '': 0 })
})

t.test('other parts add to the same registry', async (t) => {
  const registry = app.metrics
  if (registry === undefined) throw new Error('metrics are off')
  new Gauge({ name: 'test_lag_seconds', help: 'Lag', registers: [registry], collect () { this.set(3) } })
  t.strictSame(await samplesOf('test_lag_seconds'), { '': 3 })
})

t.test('METRICS=false: there is no /metrics', async (t) => {
  const { app } = await buildTestApp(t, { platform: { metrics: false } })
  t.equal((await app.inject('/metrics')).statusCode, 404)
  t.equal(app.metrics, undefined)
})
