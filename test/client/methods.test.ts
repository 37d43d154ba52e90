import t from 'tap'
import { createClient } from '../../src/client/index.js'
import { inShort, recordingClient, startService, type Article, type Counter } from './service.js'

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const base = await startService(t)

t.test('one document through all the methods', async (t) => {
  const { client: articles, sent } = recordingClient<Article>({ url: new URL(`${base}/api/articles/`) })

  const created = await articles.create({ title: 'A', tags: ['x'] })
  const { id, createdAt } = created
  t.strictSame(created, { id, version: 1, title: 'A', body: '', tags: ['x'], status: 'draft', createdAt, updatedAt: createdAt })
  t.strictSame(await articles.get(id), created)
  t.equal(articles.versionOf(id), 1)

  const put = await articles.put(id, { ...created, title: 'B' })
  t.strictSame(put, { ...created, title: 'B', version: 2, updatedAt: put.updatedAt })
  const patched = await articles.patch(id, { body: 'text' })
  t.strictSame(patched, { ...put, body: 'text', version: 3, updatedAt: patched.updatedAt })
  const jsonPatched = await articles.patch(id, [{ op: 'test', path: '/title', value: 'B' }, { op: 'add', path: '/tags/-', value: 'y' }])
  t.strictSame(jsonPatched, { ...patched, tags: ['x', 'y'], version: 4, updatedAt: jsonPatched.updatedAt })
  const published = await articles.transition(id, 'publish')
  t.strictSame(published, { ...jsonPatched, status: 'published', version: 5, updatedAt: published.updatedAt })
  t.strictSame(await articles.edit(id, (article) => ({ ...article, title: 'C' })), { ...published, title: 'C', version: 6, updatedAt: (await articles.get(id)).updatedAt })
  t.strictSame(await articles.revision(id, 1), created)
  t.equal(articles.versionOf(id), 6, 'to look at an old version is not to have read that version')
  const restored = await articles.restore(id, 1)
  t.strictSame(restored, { ...created, status: 'published', version: 7, updatedAt: restored.updatedAt })
  await articles.delete(id)
  t.equal(articles.versionOf(id), 8)
  const broughtBack = await articles.restore(id, 2)
  t.strictSame(broughtBack, { ...put, status: 'published', version: 9, updatedAt: broughtBack.updatedAt })

  const revisions = await collect(articles.revisions(id))
  t.strictSame(revisions.map(({ version, kind }) => [version, kind]), [[9, 'created'], [8, 'deleted'], [7, 'updated'], [6, 'updated'], [5, 'updated'], [4, 'updated'], [3, 'updated'], [2, 'updated'], [1, 'created']])
  t.strictSame(inShort(sent.filter(({ method }) => method !== 'GET')), ['POST 201', 'PUT "1" 200', 'PATCH "2" 200', 'PATCH "3" 200', 'POST 200', 'PUT "5" 200', 'POST "6" 200', 'DELETE "7" 204', 'POST "8" 200'])
  const keys = sent.map(({ headers }) => headers['idempotency-key'])
  t.ok(sent.every(({ method }, i) => (method === 'GET') === (keys[i] === undefined)), 'every unsafe request has a key, and no read has one')
  t.equal(new Set(keys).size, 10, 'each its own')
  t.match(keys[0], /^"[0-9a-f]{32}"$/)
})

t.test('creating under an id of its own', async (t) => {
  const { client: articles, sent } = recordingClient<Article>({ url: `${base}/api/articles` })
  const id = '0123456789abcdef01234567'
  const created = await articles.create({ title: 'A' }, { id })
  t.strictSame(created, { id, version: 1, title: 'A', body: '', tags: [], status: 'draft', createdAt: created.createdAt, updatedAt: created.updatedAt })
  t.equal(sent[0]?.headers['if-none-match'], '*')
  const changed = await articles.put(id, { title: 'B' })
  t.strictSame(changed, { ...created, title: 'B', version: 2, updatedAt: changed.updatedAt }, 'a document without a version replaces the latest one that the client has seen')
})

t.test('lists page by page, as far as they are read', async (t) => {
  const { client: counters, sent } = recordingClient<Counter>({ url: `${base}/api/counters` })
  const stored = await Promise.all(Array.from({ length: 5 }, (_, count) => counters.create({ count })))
  sent.length = 0
  const listed = await collect(counters.list({ limit: 2 }))
  t.strictSame([...listed].sort((a, b) => a.count - b.count), stored)
  t.equal(sent.length, 3)
  t.equal(sent[0]?.path, '/api/counters?limit=2')
  t.match(sent[1]?.path, /^\/api\/counters\?limit=2&cursor=./)

  sent.length = 0
  for await (const first of counters.list({ limit: 2 })) {
    t.strictSame(first, listed[0])
    break
  }
  t.equal(sent.length, 1, 'the second page is not read')

  const { client: other, sent: otherSent } = recordingClient<Counter>({ url: `${base}/api/counters` })
  const [first, second] = await collect(other.list({ limit: 100 }))
  if (first === undefined || second === undefined) throw new Error('the list has items')
  await other.patch(first.id, { note: 'seen in a list' })
  await other.delete(first.id)
  t.strictSame(inShort(otherSent), ['GET 200', 'PATCH "1" 200', 'DELETE "2" 204'])
  otherSent.length = 0
  await other.edit(second.id, (counter) => ({ ...counter, count: counter.count + 1 }))
  t.strictSame(inShort(otherSent), ['GET 200', 'PUT "1" 200'], 'an item of a list may be a part of the document: no edit starts from it')
})

t.test('a parameter of a list may be repeated', async (t) => {
  const paths: string[] = []
  const articles = createClient<Article>({
    url: 'http://127.0.0.1/api/articles',
    fetch: (url) => { paths.push(url.replace(/^.*\?/, '')); return Promise.resolve(Response.json({ items: [], ...(paths.length === 1 && { next: 'c' }) })) }
  })
  await collect(articles.list({ status: ['draft', 'published'], limit: 2, archived: false }))
  t.strictSame(paths, ['status=draft&status=published&limit=2&archived=false', 'status=draft&status=published&limit=2&archived=false&cursor=c'])
})

t.test('headers and the token are made anew for each request', async (t) => {
  let made = 0
  const { client: articles, sent } = recordingClient<Article>({
    url: `${base}/api/articles`,
    token: () => `token-${++made}`,
    headers: () => Promise.resolve({ 'x-trace': `trace-${made}` })
  })
  const { id } = await articles.create({ title: 'A' })
  await articles.get(id)
  t.strictSame(sent.map(({ headers }) => [headers.authorization, headers['x-trace']]), [['Bearer token-1', 'trace-1'], ['Bearer token-2', 'trace-2']])
})

t.test('a version that a write names comes before the one in the document; * overwrites', async (t) => {
  const { client: articles, sent } = recordingClient<Article>({ url: `${base}/api/articles` })
  const first = await articles.create({ title: 'A' })
  const second = await articles.patch(first.id, { title: 'B' })
  const third = await articles.put(first.id, { ...first, title: 'C' }, { version: second.version })
  t.match(third, { title: 'C', version: 3 })
  const fourth = await articles.put(first.id, { ...first, title: 'D' }, { version: '*' })
  t.match(fourth, { title: 'D', version: 4 })
  await t.rejects(articles.transition(first.id, 'publish', { version: 3 }), { name: 'VersionConflict', version: 4 })
  t.strictSame(inShort(sent), ['POST 201', 'PATCH "1" 200', 'PUT "2" 200', 'PUT * 200', 'POST "3" 409'])
})

t.test('an edit that the service merges', async (t) => {
  const { client: ada, sent } = recordingClient<Article>({ url: `${base}/api/articles` })
  const { client: bob } = recordingClient<Article>({ url: `${base}/api/articles` })
  const first = await ada.create({ title: 'A', body: 'one\ntwo\nthree\n' })
  await bob.get(first.id)
  await bob.patch(first.id, { body: 'ONE\ntwo\nthree\n' })
  const merged = await ada.put(first.id, { ...first, body: 'one\ntwo\nTHREE\n' }, { merge: true })
  t.strictSame(merged, { ...first, body: 'ONE\ntwo\nTHREE\n', version: 3, updatedAt: merged.updatedAt })
  t.strictSame(inShort(sent), ['POST 201', 'PUT "1" 200'])
})
