import t from 'tap'
import { buildTestApp } from '../app.js'
import { badRequest, create, send } from '../contract/stored.js'
import { parts } from './parts.js'
import { articles } from '../../src/resources/articles.js'
import { longAgo, readPage, walk, withCursor } from './walk.js'

const url = '/api/parts'
const rule = 'cursor cannot be read: send that of next, or the Link header, as it is'
const part = (i: number) => ({ name: `part ${i % 3}`, price: i % 4, ...(i % 2 > 0 && { stock: i }), active: i % 2 === 0, labels: ['red'] })

t.test('cursors', async (t) => {
  const { app } = await buildTestApp(t, { resources: [parts, articles] })
  for (let i = 0; i < 9; i++) await create(app, url, part(i))
  for (let i = 0; i < 3; i++) await create(app, '/api/articles', { title: `article ${i}` })

  t.test('one is valid for its own list only, in pages of any size', async (t) => {
    const { next = '', items } = await readPage(app, `${url}?sort=name&state=new&state=used&price[gte]=0&limit=2`)
    const all = await walk(app, `${url}?sort=name&limit=100`)
    t.strictSame(items, all.slice(0, 2))
    for (const query of ['sort=name&state=new&state=used&price[gte]=0&limit=3', 'price[gte]=0.0&state=used&sort=name&state=new&state=new&limit=3']) {
      t.strictSame((await readPage(app, `${url}?${query}&cursor=${next}`)).items, all.slice(2, 5), 'however it is written')
    }
    for (const query of ['', 'sort=name', 'sort=-name&state=new&state=used&price[gte]=0', 'sort=name&state=new&price[gte]=0', 'sort=name&state=new&state=used&price[gt]=0', 'sort=name&state=new&state=used&price[gte]=1', 'sort=price&state=new&state=used&price[gte]=0']) {
      const reply = await send(app, 'GET', `${url}?${query}&cursor=${next}`)
      t.equal(reply.statusCode, 400, query)
      t.strictSame(reply.json(), badRequest(rule, url))
    }
    const { next: ofParts = '' } = await readPage(app, `${url}?limit=1`)
    t.equal((await send(app, 'GET', `/api/articles?cursor=${ofParts}`)).statusCode, 400, 'of another collection')
  })

  t.test('a damaged one is 400', async (t) => {
    for (const [sort, values] of [
      ['name', [1, true, { $gt: '' }, ['a']]],
      ['price', ['1', false, { $ne: 0 }]],
      ['active', ['true', 0, 1]],
      ['createdAt', ['2026-01-01', null, 8.64e15 + 1, 1.5, {}]]
    ] as const) {
      const { following = '' } = await readPage(app, `${url}?sort=${sort}&limit=2`)
      t.equal((await send(app, 'GET', withCursor(following, (parts) => parts))).statusCode, 200)
      const damaged = [
        ...values.map((value) => withCursor(following, (parts) => parts.with(3, value))),
        ...[[0, 'x'], [0, null], [1, -1], [1, 2 ** 32], [1, '1'], [1, 0.5], [2, null], [2, {}], [4, ''], [4, 'x'], [4, { $gt: '' }], [4, 'F'.repeat(24)]].map(([place, value]) => withCursor(following, (parts) => parts.with(Number(place), value))),
        withCursor(following, (parts) => [...parts, 1]),
        withCursor(following, (parts) => parts.slice(0, 4)),
        withCursor(following, () => ({})),
        following.replace('cursor=', 'cursor=AAAA'),
        following.slice(0, -1),
        `${following}=`,
        `${following}%00`
      ]
      for (const at of damaged) {
        const reply = await send(app, 'GET', at)
        t.equal(reply.statusCode, 400, at)
        t.match(reply.json(), { type: '/problems/bad-request', detail: rule })
      }
    }
  })

  t.test('a moment that the database does not know is no reason to fail', async (t) => {
    for (const sort of ['name', '-stock', 'stock', '-price', 'active']) {
      const all = await walk(app, `${url}?sort=${sort}`)
      t.strictSame(await walk(app, `${url}?sort=${sort}&limit=2`, { follow: longAgo }), all)
      for (const [seconds, ordinal] of [[0, 0], [0, 1], [2 ** 32 - 1, 1]]) {
        t.strictSame(await walk(app, `${url}?sort=${sort}&limit=2`, { follow: (at) => withCursor(at, (parts) => parts.with(1, seconds).with(2, ordinal)) }), all, 'never, or not yet')
      }
    }
  })

  t.test('HEAD and If-None-Match, as for any page', async (t) => {
    const { following = '' } = await readPage(app, `${url}?sort=-price&active=true&limit=2`)
    const get = await send(app, 'GET', following)
    const head = await send(app, 'HEAD', following)
    t.equal(head.statusCode, 200)
    t.equal(head.body, '')
    t.match(head.headers, { etag: get.headers.etag, link: get.headers.link, 'content-length': get.headers['content-length'] })
    for (const method of ['GET', 'HEAD'] as const) {
      const unchanged = await send(app, method, following, undefined, { 'if-none-match': String(get.headers.etag) })
      t.equal(unchanged.statusCode, 304)
      t.equal(unchanged.headers.etag, get.headers.etag)
      t.equal(unchanged.body, '')
    }
    t.equal((await send(app, 'GET', `${url}?sort=-price&active=true&limit=2`, undefined, { 'if-none-match': String(get.headers.etag) })).statusCode, 200)
  })
})
