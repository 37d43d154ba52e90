import t from 'tap'
import { createClient } from '../../src/client/index.js'
import { inShort, recordingClient, startService, type Counter } from './service.js'

const url = `${await startService(t)}/api/counters`

t.test('a client never conflicts with itself: its writes of one document go one after the other, in the order of the calls', async (t) => {
  const { client, sent } = recordingClient<Counter>({ url })
  const { id } = await client.create({ count: 0 })
  const writes = Array.from({ length: 10 }, (_, i) => [
    client.edit(id, (counter) => ({ ...counter, count: counter.count + 1 })),
    client.patch(id, { note: `note ${i}` })
  ]).flat()
  const versions = (await Promise.all(writes)).map(({ version }) => version)
  t.strictSame(versions, Array.from({ length: 20 }, (_, i) => i + 2))
  t.ok(sent.every(({ status }) => status < 300))
  t.match(await client.get(id), { count: 10, note: 'note 9', version: 21 })
})

t.test('writes of different documents do not wait for each other', async (t) => {
  const gate: { open?: () => void } = {}
  const held = new Promise<void>((resolve) => { gate.open = resolve })
  const client = createClient<Counter>({ url })
  const [first, second] = [await client.create({ count: 0 }), await client.create({ count: 0 })]
  const waits = client.edit(first.id, async (counter) => { await held; return { ...counter, count: 1 } })
  t.match(await client.patch(second.id, { count: 2 }), { count: 2 }, 'though the edit of the first is not done')
  gate.open?.()
  t.match(await waits, { count: 1 })
})

t.test('what is aborted while it waits for its turn is never sent', async (t) => {
  const gate: { open?: () => void } = {}
  const held = new Promise<void>((resolve) => { gate.open = resolve })
  const { client, sent } = recordingClient<Counter>({ url })
  const { id } = await client.create({ count: 0 })
  const first = client.edit(id, async (counter) => { await held; return { ...counter, count: 1 } })
  const abort = new AbortController()
  const second = client.patch(id, { count: 2 }, { signal: abort.signal })
  const third = client.patch(id, { note: 'third' })
  abort.abort(new Error('changed my mind'))
  await t.rejects(second, new Error('changed my mind'))
  gate.open?.()
  await first
  t.match(await third, { count: 1, note: 'third', version: 3 })
  t.strictSame(inShort(sent), ['POST 201', 'PUT "1" 200', 'PATCH "2" 200'])
})

t.test('a write that fails does not hold up the next, and what is sent is what it was at the call', async (t) => {
  const client = createClient<Counter>({ url })
  const counter = await client.create({ count: 0 })
  const [fails, next] = [client.patch(counter.id, { count: 'many' as unknown as number }), client.put(counter.id, counter)]
  counter.count = 99
  await t.rejects(fails, { name: 'Invalid' })
  t.match(await next, { count: 0, version: 1 })
})

t.test('a read that was sent before a write had ended does not take its place', async (t) => {
  const gate: { open?: () => void } = {}
  const held = new Promise<void>((resolve) => { gate.open = resolve })
  const client = createClient<Counter>({
    url,
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      if (init.method === 'GET') await held
      return response
    }
  })
  const { id } = await client.create({ count: 0 })
  const read = client.get(id)
  await client.patch(id, { count: 1 })
  gate.open?.()
  await read
  t.equal(client.versionOf(id), 2)
  t.match(await client.patch(id, { count: 2 }), { count: 2, version: 3 })
})

t.test('a bounded number of documents is remembered', async (t) => {
  const client = createClient<Counter>({ url, remember: 2 })
  const ids = [(await client.create({ count: 0 })).id, (await client.create({ count: 0 })).id, (await client.create({ count: 0 })).id]
  t.strictSame(ids.map((id) => client.versionOf(id)), [undefined, 1, 1])
})
