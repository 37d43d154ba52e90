import t from 'tap'
import { createClient, Gone, NotFound, VersionConflict } from '../../src/client/index.js'
import { inShort, recordingClient, startService, type Article, type Counter } from './service.js'

// Many editors of one document send some thousand requests.
t.setTimeout(180_000)

const url = `${await startService(t)}/api/counters`

t.test('32 clients add 1 to one counter 3 times each: 96', { timeout: 180_000 }, async (t) => {
  const { id } = await createClient<Counter>({ url }).create({ count: 0 })
  await Promise.all(Array.from({ length: 32 }, async () => {
    const counters = createClient<Counter>({ url, edits: { attempts: 1_000 } })
    for (let done = 0; done < 3; done++) await counters.edit(id, (counter) => ({ ...counter, count: counter.count + 1 }))
  }))
  t.match(await createClient<Counter>({ url }).get(id), { count: 96, version: 97 })
})

t.test('an edit starts from what the client has seen, and goes on from what the conflict says', async (t) => {
  const { client: ada, sent } = recordingClient<Counter>({ url, sleep: () => t.fail('no wait: what was sent first was out of date') as unknown as Promise<void> })
  const bob = createClient<Counter>({ url })
  const { id } = await ada.create({ count: 1 })
  const seen: number[] = []
  const addOne = (counter: Counter): Counter => {
    seen.push(counter.count)
    counter.count++
    return counter
  }
  await ada.edit(id, addOne)
  t.strictSame(inShort(sent), ['POST 201', 'PUT "1" 200'], 'no read')
  await bob.edit(id, (counter) => ({ ...counter, count: 10 }))
  const edited = await ada.edit(id, addOne)
  t.match(edited, { count: 11, version: 4 })
  t.strictSame(inShort(sent).slice(2), ['PUT "2" 409', 'PUT "3" 200'], 'no read after the conflict')
  t.strictSame(seen, [1, 2, 10])
  t.not(sent[2]?.headers['idempotency-key'], sent[3]?.headers['idempotency-key'], 'another request has another key')

  const { client: fresh, sent: freshSent } = recordingClient<Counter>({ url })
  await fresh.edit(id, addOne)
  t.strictSame(inShort(freshSent), ['GET 200', 'PUT "4" 200'], 'a client that has not seen the document reads it')
})

t.test('two clients set the same value: the second is a conflict, since it may count on top of the first', async (t) => {
  const [ada, bob] = [createClient<Counter>({ url }), createClient<Counter>({ url })]
  const { id } = await ada.create({ count: 0 })
  await bob.get(id)
  await ada.edit(id, (counter) => ({ ...counter, count: counter.count + 1 }))
  await t.rejects(bob.put(id, { count: 1 }), { name: 'VersionConflict', body: { alreadyApplied: true } })
  t.match(await bob.edit(id, (counter) => ({ ...counter, count: counter.count + 1 })), { count: 2 })
})

t.test('an edit that changes nothing sends nothing', async (t) => {
  const { client, sent } = recordingClient<Counter>({ url })
  const created = await client.create({ count: 1 })
  t.strictSame(await client.edit(created.id, () => undefined), created)
  t.strictSame(inShort(sent), ['POST 201'])
})

t.test('an edit sent as a merge patch holds only what changed', async (t) => {
  const { client: articles, sent } = recordingClient<Article>({ url: url.replace('counters', 'articles') })
  const { id } = await articles.create({ title: 'A', body: 'text' })
  await articles.edit(id, ({ title, body, tags, status }) => ({ title, body: `${body}!`, tags, status }) as Article, { send: 'merge-patch' })
  t.match(await articles.get(id), { title: 'A', body: 'text!', status: 'draft', version: 2 }, 'what the service sets may be left out')
  t.strictSame(sent.slice(1, 2).map(({ method, body, headers }) => [method, body, headers['content-type']]), [['PATCH', { body: 'text!' }, 'application/merge-patch+json']])
})

t.test('a change to null is sent as the whole document, since no merge patch can say it', async (t) => {
  const { client, sent } = recordingClient<Counter>({ url })
  const { id } = await client.create({ count: 1 })
  t.match(await client.edit(id, (counter) => ({ ...counter, note: null }), { send: 'merge-patch' }), { count: 1, note: null, version: 2 })
  t.strictSame(inShort(sent), ['POST 201', 'PUT "1" 200'])
})

t.test('an edit of a document that was deleted, or never was, ends with the error that says so', async (t) => {
  const [ada, bob] = [createClient<Counter>({ url }), createClient<Counter>({ url })]
  const { id } = await ada.create({ count: 1 })
  await bob.get(id)
  await bob.delete(id)
  const error: unknown = await ada.edit(id, (counter) => ({ ...counter, count: 2 })).catch((error: unknown) => error)
  t.ok(error instanceof VersionConflict)
  t.match(error, { status: 409, outcome: 'not-applied', version: 2, body: { deleted: true, currentVersion: 2 } })
  const gone: unknown = await createClient<Counter>({ url }).edit(id, (counter) => counter).catch((error: unknown) => error)
  t.ok(gone instanceof Gone)
  t.match(gone, { version: 2, outcome: undefined })
  const missing: unknown = await ada.edit('ffffffffffffffffffffffff', (counter) => counter).catch((error: unknown) => error)
  t.ok(missing instanceof NotFound)
})

t.test('an edit gives up after its attempts, with the last conflict, and what the change throws ends it', async (t) => {
  const bob = createClient<Counter>({ url })
  const waits: number[] = []
  const { client: ada, sent } = recordingClient<Counter>({ url, edits: { attempts: 8, backoff: { baseMs: 1_000_000, maxMs: 1_500_000 } }, random: () => 0.5, sleep: (ms) => { waits.push(ms); return Promise.resolve() } })
  const { id } = await bob.create({ count: 1 })
  await t.rejects(ada.edit(id, async (counter) => {
    await bob.edit(id, (theirs) => ({ ...theirs, count: theirs.count + 1 }))
    return { ...counter, count: -1 }
  }), { name: 'VersionConflict', body: { current: { count: 9 } } })
  t.strictSame(inShort(sent), ['GET 200', ...Array.from({ length: 8 }, (_, i) => `PUT "${i + 1}" 409`)])
  t.strictSame(waits, [500_000, 750_000, 750_000], 'half of the longest wait, after each conflict with what had just been read')

  await t.rejects(ada.edit(id, () => { throw new RangeError('not this one') }), new RangeError('not this one'))
  t.match(await ada.edit(id, (counter) => ({ ...counter, count: 7 })), { count: 7 }, 'what comes after is not held up')
})

t.test('an edit that is aborted while it waits, or while the change is made, rejects with the reason', async (t) => {
  const bob = createClient<Counter>({ url })
  const waiting = new AbortController()
  const ada = createClient<Counter>({ url, edits: { backoff: { baseMs: 3_600_000, maxMs: 3_600_000 } }, random: () => { setImmediate(() => waiting.abort(new Error('enough'))); return 1 } })
  const { id } = await ada.create({ count: 1 })
  const overtaken = async (counter: Counter): Promise<Counter> => {
    await bob.edit(id, (theirs) => ({ ...theirs, count: theirs.count + 1 }))
    return { ...counter, count: -1 }
  }
  await t.rejects(ada.edit(id, overtaken, { signal: waiting.signal }), new Error('enough'))

  const thinking = new AbortController()
  await t.rejects(ada.edit(id, () => new Promise(() => thinking.abort(new Error('closed'))), { signal: thinking.signal }), new Error('closed'))
  await t.rejects(ada.edit(id, (counter) => counter, { signal: AbortSignal.abort(new Error('before')) }), new Error('before'))
  t.match(await ada.get(id), { count: 3, version: 3 })
})

t.test('an edit of what a person has seen starts from that, not from what the client has seen since', async (t) => {
  const { client: ada, sent } = recordingClient<Counter>({ url })
  const shown = await ada.create({ count: 1 })
  await createClient<Counter>({ url }).edit(shown.id, (counter) => ({ ...counter, note: 'by another' }))
  await ada.get(shown.id)
  const edited = await ada.edit(shown.id, (counter) => ({ ...counter, count: 2 }), { base: shown })
  t.match(edited, { count: 2, note: 'by another', version: 3 })
  t.strictSame(inShort(sent), ['POST 201', 'GET 200', 'PUT "1" 409', 'PUT "2" 200'])
})
