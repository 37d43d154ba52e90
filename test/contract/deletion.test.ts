import t from 'tap'
import { buildTestApp } from '../app.js'
import { alreadyExists, articleAt, deletedConflict, gone, send, urlOf, type Document } from './stored.js'

t.test('deletion', async (t) => {
  const { app } = await buildTestApp(t, { historyLimit: 0 })

  t.test('DELETE is a change like any other: the tombstone has a version, and the id is gone', async (t) => {
    const article = await articleAt(app, 3)
    const url = urlOf(article)
    const reply = await send(app, 'DELETE', url, undefined, { 'if-match': '"3"' })
    t.equal(reply.statusCode, 204)
    t.equal(reply.body, '')
    t.match(reply.headers, { etag: '"4"' })
    for (const header of ['last-modified', 'location', 'content-location', 'content-type']) t.notOk(header in reply.headers, header)
    const read = await send(app, 'GET', url)
    t.equal(read.statusCode, 410)
    const { deletedAt } = read.json<{ deletedAt: string }>()
    t.ok(deletedAt >= article.updatedAt)
    t.strictSame(read.json(), gone({ url, deletedAt }, 4))
    t.equal(read.headers.etag, '"4"')
    t.notMatch((await send(app, 'GET', '/api/articles?limit=100')).body, article.id)
  })

  t.test('versions go on over delete and re-create', async (t) => {
    const article = await articleAt(app, 3)
    const url = urlOf(article)
    await send(app, 'DELETE', url, undefined, { 'if-match': '"3"' })
    const recreated = await send(app, 'PUT', url, { title: 'again' }, { 'if-none-match': '*' })
    t.equal(recreated.statusCode, 201)
    const again = recreated.json<Document>()
    t.strictSame(again, { ...article, title: 'again', body: '', version: 5, createdAt: again.createdAt, updatedAt: again.createdAt })
    t.match(recreated.headers, { etag: '"5"', location: url })
    t.strictSame((await send(app, 'PUT', url, { title: 'B' }, { 'if-none-match': '*' })).json(), alreadyExists(5, url))
    for (const version of [1, 3, 4]) t.equal((await send(app, 'PUT', url, { title: 'old' }, { 'if-match': `"${version}"` })).statusCode, 409)
    t.equal((await send(app, 'DELETE', url, undefined, { 'if-match': '"5"' })).headers.etag, '"6"')
    t.match((await send(app, 'PUT', url, { title: 'third' }, { 'if-none-match': '*' })).json(), { version: 7 })
  })

  t.test('the tombstone\'s own tag does not bring it back', async (t) => {
    const article = await articleAt(app, 1)
    const url = urlOf(article)
    await send(app, 'DELETE', url, undefined, { 'if-match': '"1"' })
    const { deletedAt } = (await send(app, 'GET', url)).json<{ deletedAt: string }>()
    for (const [method, body] of [['PUT', { title: 'ghost' }], ['PATCH', { title: 'ghost' }], ['DELETE', undefined]] as const) {
      const reply = await send(app, method, url, body, { 'if-match': '"2"' })
      t.equal(reply.statusCode, 409)
      t.strictSame(reply.json(), deletedConflict({ url, deletedAt }, 2, 2))
    }
    t.equal((await send(app, 'GET', url)).statusCode, 410)
  })
})

t.test('tombstones are kept for ever unless TOMBSTONE_DAYS limits it, by a TTL index', async (t) => {
  const ttl = async (tombstoneDays: number) => {
    const { db } = await buildTestApp(t, { tombstoneDays })
    return (await db.collection('articles').indexes()).filter((index) => 'expireAfterSeconds' in index).map(({ key, expireAfterSeconds }) => ({ key, expireAfterSeconds }))
  }
  t.strictSame(await ttl(0), [])
  t.strictSame(await ttl(3), [{ key: { deletedAt: 1 }, expireAfterSeconds: 3 * 24 * 60 * 60 }])
})
