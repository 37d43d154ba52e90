import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { SubscribersSummary } from '../../scripts/load/subscribers.js'
import { buildTestApp, listen } from '../app.js'
import { runLoad, runLoadForSummary } from './run-load.js'

t.setTimeout(120_000)

t.test('--subscribers: each is told of each edit once, in order; exit status 0', async (t) => {
  const { app } = await buildTestApp(t)
  const directory = t.testdir({})
  const { status, stdout, summary } = await runLoadForSummary(directory, ['--url', `${await listen(app)}/api/articles`, '--subscribers', '20', '--edits', '30', '--rate', '200', '--documents', '3'])
  t.equal(status, 0, stdout)
  const { fromAcknowledged, fromSent, bytesPerSubscriber, ...counts } = summary as unknown as SubscribersSummary
  t.strictSame(counts, { subscribers: 20, edits: 30, missed: 0, doubled: 0, outOfOrder: 0, cutOff: 0, resyncs: 0 })
  for (const { p50, p95, max } of [fromAcknowledged, fromSent]) t.ok(p50 <= p95 && p95 <= max)
  t.type(bytesPerSubscriber, 'number')
  t.match(stdout, /20 subscribers, 30 edits\n[^]*\n {2}ok: 0 events missed/)
})

t.test('a service that tells events twice, late, or not at all: exit status 1, each counted', async (t) => {
  let version = 1
  let tell: (version: number) => void = () => undefined
  const server = createServer((request, response) => {
    request.resume()
    if (request.url === '/things/events') {
      response.writeHead(200).write(': from here on\nid: 0\n\n')
      tell = (version) => response.write(`id: ${version}\ndata: {"id":"a","version":${version},"kind":"updated"}\n\n`)
      return
    }
    if (request.method === 'PATCH') version++
    // 2 twice, 4 before 3, and 5 never.
    for (const told of { 2: [2, 2], 4: [4, 3] }[version] ?? []) tell(told)
    response.end(JSON.stringify({ id: 'a', version }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const { status, stdout } = await runLoad(['--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}/things`, '--subscribers', '1', '--edits', '4', '--rate', '100', '--documents', '1', '--timeout', '300ms'])
  t.equal(status, 1)
  t.match(stdout, /FAILED: 1 events missed, 1 doubled, 1 out of order; 0 subscribers cut off, 0 told to resync/)
})

t.test('options that do not go with --subscribers are named; exit status 2', async (t) => {
  const { status, stderr } = await runLoad(['--subscribers', '5', '--compare'])
  t.equal(status, 2)
  t.match(stderr, 'load: --subscribers goes with --url, --documents, --edits, --rate, --header, --timeout and --json, not with --compare')
})
