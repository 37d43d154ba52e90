import t, { type Test } from 'tap'
import type { ClientOptions } from '../../src/client/index.js'
import { inTurn, startScriptedServer, type ScriptedReply } from './scripted-server.js'
import { inShort, recordingClient } from './service.js'

interface Note { readonly id: string, readonly version: number, readonly text: string }

const stored: ScriptedReply = { status: 200, body: { id: 'a', version: 2, text: 'B' } }
const problem = (slug: string, status: number, members: object = {}, headers: Record<string, string> = {}): ScriptedReply =>
  ({ status, headers, body: { type: `/problems/${slug}`, title: slug, status, detail: slug, ...members } })

/** A client of a server that gives these replies. Waits take no time, and are noted in ms; what is random is always 0. */
const notesOf = async (t: Test, replies: readonly ScriptedReply[], options: Partial<ClientOptions> = {}) => {
  const waits: number[] = []
  const url = await startScriptedServer(t, inTurn(...replies))
  const { client, sent } = recordingClient<Note>({ url: `${url}/notes`, random: () => 0, sleep: (ms) => { waits.push(ms); return Promise.resolve() }, ...options })
  return { notes: client, sent, waits }
}

const put = { id: 'a', version: 1, text: 'B' }

t.test('Retry-After comes before the waits of the client', async (t) => {
  const { notes, waits } = await notesOf(t, [problem('rate-limited', 429, {}, { 'retry-after': '3' }), problem('unavailable', 503, { outcome: 'not-applied' }, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }), stored], { random: () => 0.5 })
  t.strictSame(await notes.put('a', put), stored.body)
  t.strictSame(waits, [3_100, 200])
})

t.test('a request with the same key that still runs is waited for', async (t) => {
  const running = problem('request-in-progress', 409, { retryable: true }, { 'retry-after': '1' })
  const { notes, sent, waits } = await notesOf(t, [running, running, stored])
  t.strictSame(await notes.put('a', put), stored.body)
  t.strictSame(waits, [1_000, 1_000])
  t.strictSame(inShort(sent), ['PUT "1" 409', 'PUT "1" 409', 'PUT "1" 200'])
  t.equal(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size, 1, 'the same key each time')

  const { notes: others } = await notesOf(t, [running], { attempts: 3 })
  await t.rejects(others.put('a', put), { name: 'RequestInProgress', outcome: 'unknown' })
})

t.test('a merge that lost to others each time is sent again as it is', async (t) => {
  const { notes, sent } = await notesOf(t, [problem('version-conflict', 409, { mergeable: true, retryable: true, currentVersion: 9 }), stored])
  t.strictSame(await notes.put('a', put, { merge: true }), stored.body)
  t.strictSame(inShort(sent), ['PUT "1" 409', 'PUT "1" 200'])
})

for (const status of [500, 502, 503, 504]) {
  t.test(`${status} is sent again where that can't double a write`, async (t) => {
    const { notes, sent } = await notesOf(t, [{ status, body: '<html>' }, stored])
    t.strictSame(await notes.put('a', put), stored.body)
    t.equal(sent.length, 2)
    const { notes: reads } = await notesOf(t, [{ status }, stored])
    t.strictSame(await reads.get('a'), stored.body)
    const { notes: keyless, sent: sentOnce } = await notesOf(t, [{ status, body: '<html>' }, stored], { idempotency: false })
    await t.rejects(keyless.put('a', put), { name: 'Unavailable', status, outcome: 'unknown', message: '<html>' })
    t.equal(sentOnce.length, 1)
  })
}

t.test('without keys, only what was not applied for sure is sent again', async (t) => {
  const { notes, sent } = await notesOf(t, [problem('rate-limited', 429), problem('request-timeout', 408), problem('unavailable', 503, { outcome: 'not-applied' }), stored], { idempotency: false })
  t.strictSame(await notes.put('a', put), stored.body)
  t.strictSame(sent.map(({ status, headers }) => [status, headers['idempotency-key']]), [[429, undefined], [408, undefined], [503, undefined], [200, undefined]])
})

t.test('what can never succeed is sent once', async (t) => {
  for (const status of [400, 401, 403, 404, 405, 410, 413, 415, 422, 428, 501]) {
    const { notes, sent } = await notesOf(t, [{ status }, stored])
    t.match(await notes.put('a', put).catch((error: unknown) => error), { status, outcome: status === 501 ? 'unknown' : 'not-applied' })
    t.equal(sent.length, 1, `${status}`)
  }
})

t.test('the waits grow up to their limit, and the attempts have one', async (t) => {
  const { notes, waits } = await notesOf(t, [problem('unavailable', 503, { outcome: 'not-applied' })], { attempts: 6, backoff: { baseMs: 100, maxMs: 400 }, random: () => 0.5 })
  await t.rejects(notes.put('a', put), { name: 'Unavailable', outcome: 'not-applied', body: { type: '/problems/unavailable', title: 'unavailable', status: 503, detail: 'unavailable', outcome: 'not-applied' } })
  t.strictSame(waits, [50, 100, 200, 200, 200])
})

t.test('a Retry-After that is too long is not waited for', async (t) => {
  const { notes, waits } = await notesOf(t, [problem('unavailable', 503, {}, { 'retry-after': '3600' })])
  await t.rejects(notes.get('a'), { name: 'Unavailable', outcome: undefined })
  t.strictSame(waits, [])
})

t.test('after a reply that was lost, only one that judged the write settles it', async (t) => {
  const unknown = problem('unavailable', 503, { outcome: 'unknown' })
  for (const [last, outcome] of [[problem('unauthorized', 401), 'unknown'], [problem('rate-limited', 429), 'unknown'], [problem('unavailable', 503, { outcome: 'not-applied' }), 'unknown'], [problem('version-conflict', 409), 'not-applied'], [problem('invalid', 422), 'not-applied']] as const) {
    const { notes } = await notesOf(t, [unknown, last], { attempts: 2 })
    t.match(await notes.put('a', put).catch((error: unknown) => error), { status: last.status, outcome }, `503, then ${last.status}`)
  }
})

t.test('a success that is not JSON comes from something on the way', async (t) => {
  const { notes, sent } = await notesOf(t, [{ status: 200, body: '<html>Sign in to this network</html>' }, stored])
  t.strictSame(await notes.put('a', put), stored.body)
  t.equal(sent.length, 2)
})

t.test('a wait is over when it is aborted', async (t) => {
  const abort = new AbortController()
  const url = await startScriptedServer(t, () => {
    setImmediate(() => abort.abort(new Error('enough')))
    return problem('unavailable', 503, {}, { 'retry-after': '50' })
  })
  const { client: notes } = recordingClient<Note>({ url })
  await t.rejects(notes.get('a', { signal: abort.signal }), new Error('enough'))
})
