import t, { type Test } from 'tap'
import { createClient, IdempotencyKeyReused, Unavailable, type Client, type ClientOptions } from '../../src/client/index.js'
import { startCuttingProxy, type Cut } from './cutting-proxy.js'
import { counters, startService, type Counter } from './service.js'

type Counters = Client<Counter>

const base = await startService(t)

const noWaits: Pick<ClientOptions, 'sleep'> = { sleep: () => Promise.resolve() }

/** A client behind a proxy that cuts, and one that is not. */
const twoWays = async (t: Test, options: Partial<ClientOptions> = {}) => {
  const proxy = await startCuttingProxy(t, base)
  const path = `/api/${counters.name}`
  const cut = createClient<Counter>({ url: `${proxy.url}${path}`, ...noWaits, ...options })
  return { proxy, cut, direct: createClient<Counter>({ url: `${base}${path}` }), url: `${proxy.url}${path}` }
}

/** The documents with this note. */
const listed = async (client: Counters, note: string): Promise<Counter[]> => {
  const found: Counter[] = []
  for await (const counter of client.list()) if (counter.note === note) found.push(counter)
  return found
}

const addOne = (counter: Counter): Counter => ({ ...counter, count: counter.count + 1 })

for (const cut of ['request', 'reply', 'half-reply'] satisfies Cut[]) {
  t.test(`the ${cut} of each write is cut off twice: each write is done once, and told as done`, async (t) => {
    const { proxy, cut: counters, direct } = await twoWays(t)
    const cutTwice = () => { proxy.cuts.push(cut, cut) }

    cutTwice()
    const created = await counters.create({ count: 1, note: cut })
    t.strictSame(await direct.get(created.id), created)
    t.strictSame(await listed(direct, cut), [created], 'one document was created')

    cutTwice()
    const put = await counters.put(created.id, { ...created, count: 2 })
    t.strictSame(put, { ...created, count: 2, version: 2, updatedAt: put.updatedAt })
    cutTwice()
    t.match(await counters.edit(created.id, addOne), { count: 3, version: 3 })
    cutTwice()
    t.match(await counters.patch(created.id, [{ op: 'replace', path: '/count', value: 4 }]), { count: 4, version: 4 })
    cutTwice()
    t.match(await counters.restore(created.id, 2), { count: 2, version: 5 })
    t.match(await direct.get(created.id), { count: 2, version: 5 })
    cutTwice()
    await counters.delete(created.id)
    await t.rejects(direct.get(created.id), { name: 'Gone', body: { currentVersion: 6 } })
    t.equal(proxy.cutCount, 12)
  })
}

t.test('a read whose reply is cut off is sent again', async (t) => {
  const { proxy, cut: counters, direct } = await twoWays(t)
  const created = await direct.create({ count: 1 })
  proxy.cuts.push('request', 'half-reply', 'reply')
  t.strictSame(await counters.get(created.id), created)
  t.equal(proxy.cutCount, 3)
})

t.test('others write between the lost reply and the retry: the edit is neither doubled nor lost', async (t) => {
  const direct = createClient<Counter>({ url: `${base}/api/counters` })
  const { id } = await direct.create({ count: 0 })
  let lost = 0
  const ada = createClient<Counter>({
    url: `${base}/api/counters`,
    ...noWaits,
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      if (init.method !== 'PUT' || lost++ > 0) return response
      await direct.edit(id, (counter) => ({ ...counter, count: counter.count + 10 }))
      throw new TypeError('the reply is lost')
    }
  })
  await ada.get(id)
  t.match(await ada.edit(id, addOne), { count: 1, version: 2 }, 'what this write made, as the first reply would have said')
  t.match(await direct.get(id), { count: 11, version: 3 })
})

t.test('no reply comes at all: the outcome is unknown, and the same write with the same key settles it', async (t) => {
  const { proxy, cut: counters, direct } = await twoWays(t, { attempts: 3 })
  const created = await direct.create({ count: 1 })
  proxy.cuts.push('reply', 'reply', 'request')
  const error: unknown = await counters.put(created.id, { ...created, count: 2 }).catch((error: unknown) => error)
  if (!(error instanceof Unavailable)) throw error
  t.match(error, { name: 'Unavailable', status: undefined, outcome: 'unknown', idempotencyKey: /^[0-9a-f]{32}$/ })
  t.ok(error.cause instanceof TypeError)
  const settled = await counters.put(created.id, { ...created, count: 2 }, { idempotencyKey: error.idempotencyKey })
  t.strictSame(settled, { ...created, count: 2, version: 2, updatedAt: settled.updatedAt })
  await t.rejects(counters.put(created.id, { ...created, count: 3 }, { idempotencyKey: error.idempotencyKey }), IdempotencyKeyReused)

  proxy.cuts.push('request', 'request', 'request')
  const neverCame: unknown = await counters.patch(created.id, { count: 5 }).catch((error: unknown) => error)
  t.match(neverCame, { outcome: 'unknown' }, 'a client can not tell a request that was lost from a reply that was')
  t.match(await direct.get(created.id), { count: 2, version: 2 })
})

t.test('an API that honours no keys: a write whose reply is lost is not sent again', async (t) => {
  const { proxy, cut: counters, direct } = await twoWays(t, { idempotency: false })
  const created = await direct.create({ count: 1 })
  await counters.get(created.id)
  proxy.cuts.push('reply')
  const error: unknown = await counters.edit(created.id, addOne).catch((error: unknown) => error)
  t.match(error, { name: 'Unavailable', outcome: 'unknown', idempotencyKey: undefined })
  t.match(await direct.get(created.id), { count: 2, version: 2 }, 'done once')
})

t.test('a write that is aborted on its way rejects with the reason, and its key settles it', async (t) => {
  const abort = new AbortController()
  const url = `${base}/api/counters`
  const direct = createClient<Counter>({ url })
  const created = await direct.create({ count: 1 })
  const ada = createClient<Counter>({
    url,
    fetch: async (url, init) => {
      const response = await fetch(url, { ...init, signal: null })
      if (init.method !== 'PUT') return response
      abort.abort(new Error('closed'))
      throw new TypeError('aborted')
    }
  })
  const idempotencyKey = 'the-save-button'
  await t.rejects(ada.put(created.id, { ...created, count: 2 }, { idempotencyKey, signal: abort.signal }), new Error('closed'))
  t.match(await direct.put(created.id, { ...created, count: 2 }, { idempotencyKey }), { count: 2, version: 2 })
  t.match(await direct.get(created.id), { count: 2, version: 2 })
})

t.test('an attempt that takes too long counts as lost', async (t) => {
  let held = 0
  const ada = createClient<Counter>({
    url: `${base}/api/counters`,
    timeoutMs: 2_000,
    ...noWaits,
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      if (held++ > 0) return response
      return await new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new TypeError('aborted'))))
    }
  })
  const created = await ada.create({ count: 1, note: 'slow' })
  t.equal(held, 2)
  t.strictSame(await listed(ada, 'slow'), [created])
})
