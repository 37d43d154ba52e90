import t from 'tap'
import { buildTestApp } from '../app.js'
import { badRequest, create, headersOf, send, urlOf, type Document } from './stored.js'

interface Page { items: Document[], next?: string }
const url = '/api/articles'
const limitRule = 'limit must be an integer from 1 to 100'
const cursorRule = 'cursor cannot be read: send that of next, or the Link header, as it is'

t.test('lists', async (t) => {
  const { app } = await buildTestApp(t)
  const empty = await send(app, 'GET', url)
  t.strictSame(empty.json(), { items: [] })
  t.notOk('link' in empty.headers)

  const articles: Document[] = []
  for (let i = 0; i < 25; i++) articles.unshift(await create(app, url, { title: `article ${i}` }))
  const deleted = articles.splice(3, 1)[0]
  if (deleted === undefined) throw new Error('nothing to delete')
  await send(app, 'DELETE', urlOf(deleted), undefined, { 'if-match': '"1"' })

  t.test('20 unless given, documents as GET shows them, the one created last first', async (t) => {
    const reply = await send(app, 'GET', url)
    t.equal(reply.statusCode, 200)
    const { items, next = '' } = reply.json<Page>()
    t.strictSame(items, articles.slice(0, 20))
    t.match(reply.headers, { 'cache-control': 'private, no-cache', link: `<${url}?limit=20&cursor=${next}>; rel="next"`, etag: /^"[^"]+"$/ })
    const last = await send(app, 'GET', `${url}?cursor=${next}`)
    t.strictSame(last.json(), { items: articles.slice(20) })
    t.notOk('link' in last.headers)
    t.strictSame((await send(app, 'GET', `${url}/`)).json(), reply.json())
  })

  t.test('pages by Link, each document once', async (t) => {
    for (const limit of [1, 7, 24, 100]) {
      const seen: Document[] = []
      for (let at: string | undefined = `${url}?limit=${limit}`; at !== undefined;) {
        const reply = await send(app, 'GET', at)
        const { items, next } = reply.json<Page>()
        t.ok(items.length <= limit && items.length > 0)
        seen.push(...items)
        const { link } = reply.headers
        t.equal(next === undefined, link === undefined)
        at = typeof link === 'string' ? /^<(.*)>; rel="next"$/.exec(link)?.[1] : undefined
      }
      t.strictSame(seen, articles)
    }
  })

  t.test('a cursor goes on where it was, whatever is created or deleted meanwhile', async (t) => {
    const { next = '' } = (await send(app, 'GET', `${url}?limit=5`)).json<Page>()
    const later = await create(app, url, { title: 'later' })
    t.strictSame((await send(app, 'GET', `${url}?limit=5&cursor=${next}`)).json<Page>().items, articles.slice(5, 10))
    await send(app, 'DELETE', urlOf(later), undefined, { 'if-match': '"1"' })
    t.strictSame((await send(app, 'GET', `${url}?limit=5`)).json<Page>().items, articles.slice(0, 5))
  })

  t.test('an entity-tag of the page, which answers If-None-Match', async (t) => {
    const get = await send(app, 'GET', `${url}?limit=2`)
    const etag = String(get.headers.etag)
    for (const ifNoneMatch of [etag, `"x", ${etag}`, `W/${etag}`, '*']) {
      const reply = await send(app, 'GET', `${url}?limit=2`, undefined, { 'if-none-match': ifNoneMatch })
      t.equal(reply.statusCode, 304)
      t.equal(reply.body, '')
      t.match(reply.headers, { etag, 'cache-control': 'private, no-cache' })
    }
    t.equal((await send(app, 'GET', `${url}?limit=2`, undefined, { 'if-none-match': '"x"' })).statusCode, 200)
    const head = await send(app, 'HEAD', `${url}?limit=2`)
    t.equal(head.statusCode, 200)
    t.equal(head.body, '')
    t.strictSame(headersOf(head), headersOf(get))
    t.equal((await send(app, 'HEAD', `${url}?limit=2`, undefined, { 'if-none-match': etag })).statusCode, 304)
    const newest = articles[0]
    if (newest === undefined) throw new Error('no article')
    await send(app, 'PATCH', urlOf(newest), { body: 'edited' }, { 'if-match': '"1"' })
    t.equal((await send(app, 'GET', `${url}?limit=2`, undefined, { 'if-none-match': etag })).statusCode, 200)
    t.notOk('etag' in (await send(app, 'GET', `${url}?limit=0`)).headers)
  })

  t.test('what cannot be read is 400, never ignored', async (t) => {
    const text = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
    for (const [query, detail] of [
      ...['0', '101', '-1', '1.5', '1e1', '01', 'x', '', '%20', '5;', '999999999999999999999'].map((limit) => [`limit=${limit}`, limitRule] as const),
      ['limit=5&limit=6', 'limit is there more than once'],
      ['cursor=a&cursor=b', 'cursor is there more than once'],
      ...['', 'x', '%00', text('{}'), text([]), text([1]), text([1, 'x']), text([1, { $gt: '' }]), text(['1', 'a'.repeat(24)]), text([null, 'a'.repeat(24)]), text([1e300, 'a'.repeat(24)]), text([1.5, 'a'.repeat(24)]), `${text([1, 'a'.repeat(24)])}=`, 'x'.repeat(5_000)].map((cursor) => [`cursor=${cursor}`, cursorRule] as const),
      ['page=2', 'There is no parameter "page"; there are limit, cursor, sort, status'],
      ['limit[$gt]=1', 'There is no parameter "limit[$gt]"; there are limit, cursor, sort, status'],
      ['__proto__=1', 'There is no parameter "__proto__"; there are limit, cursor, sort, status'],
      [`${'n'.repeat(1_000)}=1`, `There is no parameter "${'n'.repeat(100)}"; there are limit, cursor, sort, status`]
    ] as const) {
      for (const method of ['GET', 'HEAD'] as const) {
        const reply = await send(app, method, `${url}?${query}`)
        t.equal(reply.statusCode, 400, query)
        if (method === 'GET') t.strictSame(reply.json(), badRequest(detail, url))
        t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
      }
    }
  })
})
