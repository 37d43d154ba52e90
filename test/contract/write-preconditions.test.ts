import t from 'tap'
import { buildTestApp } from '../app.js'
import { alreadyExists, articleAt, badRequest, createRequired, deletedArticleAt, deletedConflict, gone, ifMatchRequired, neverThere, notFound, send, urlOf, versionConflict, type Document } from './stored.js'

const weakTag = 'A weak entity-tag (W/) never matches in If-Match: send the strong one, without W/. A proxy on the way may have weakened it'
const verbs = [
  { method: 'PUT', body: { title: 'changed' } },
  { method: 'PATCH', body: { title: 'changed' } },
  { method: 'DELETE', body: undefined }
] as const

t.test('preconditions of writes', async (t) => {
  const { app } = await buildTestApp(t, { historyLimit: 0 })

  for (const { method, body } of verbs) {
    t.test(method, (t) => {
      const done = async (article: Document, headers: Record<string, string>) => {
        const reply = await send(app, method, urlOf(article), body, headers)
        t.equal(reply.statusCode, method === 'DELETE' ? 204 : 200, JSON.stringify(headers))
        t.equal(reply.headers.etag, `"${article.version + 1}"`)
        const read = await send(app, 'GET', urlOf(article))
        if (method === 'DELETE') {
          t.equal(reply.body, '')
          t.equal(read.statusCode, 410)
          return
        }
        const edited = reply.json<Document>()
        t.strictSame(edited, { ...article, title: 'changed', ...(method === 'PUT' && { body: '' }), version: article.version + 1, updatedAt: edited.updatedAt })
        t.strictSame(read.json(), edited)
      }
      const refused = async (article: Document, headers: Record<string, string>, status: number, problem: object, etag: string | null = `"${article.version}"`) => {
        const reply = await send(app, method, urlOf(article), body, headers)
        t.equal(reply.statusCode, status, JSON.stringify(headers))
        t.strictSame(reply.json(), problem)
        t.equal(reply.headers.etag ?? null, etag)
        t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
        t.notOk('last-modified' in reply.headers)
        t.strictSame((await send(app, 'GET', urlOf(article))).json(), article, 'nothing was written')
      }

      t.test('If-Match that names the stored version: done', async () => {
        for (const ifMatch of ['"2"', '2', '"1", "2"', '"2","1"', ' "2" ', '"x", "2"', '*', '"2-gzip"', '"2;br"', '"2--gzip"', '"2-zstd"', '"2;deflate"', 'W/"2", "2"', ',, "2",']) {
          await done(await articleAt(app, 2), { 'if-match': ifMatch })
        }
      })

      t.test('If-Match that does not: 409', async () => {
        const article = await articleAt(app, 6)
        await refused(article, { 'if-match': '"5"' }, 409, versionConflict(article, 5))
        await refused(article, { 'if-match': '5' }, 409, versionConflict(article, 5))
        await refused(article, { 'if-match': '"3", "5"' }, 409, versionConflict(article, 5))
        await refused(article, { 'if-match': '"7"' }, 409, versionConflict(article, 7))
        await refused(article, { 'if-match': '"x"' }, 409, versionConflict(article, null))
        await refused(article, { 'if-match': '"6x"' }, 409, versionConflict(article, null))
        await refused(article, { 'if-match': '""' }, 409, versionConflict(article, null))
        await refused(article, { 'if-match': '"06"' }, 409, versionConflict(article, null))
        await refused(article, { 'if-match': '"6.0"' }, 409, versionConflict(article, null))
        await refused(article, { 'if-match': '"5-gzip"' }, 409, versionConflict(article, 5))
        await refused(article, { 'if-match': '"6---gzip"' }, 409, versionConflict(article, null))
        await refused(article, { 'if-match': '"99999999999999999999"' }, 409, versionConflict(article, null))
      })

      t.test('a weak tag never matches, and the reply says so', async () => {
        const article = await articleAt(app, 6)
        const nothingBetween = method === 'DELETE' ? { mergeable: false } : { conflicts: [], mergeable: false }
        await refused(article, { 'if-match': 'W/"6"' }, 409, versionConflict(article, 6, { detail: weakTag, ...nothingBetween }))
        await refused(article, { 'if-match': 'W/"5"' }, 409, versionConflict(article, 5, { detail: weakTag }))
        await refused(article, { 'if-match': '"3", W/"6"' }, 409, versionConflict(article, 6, { detail: weakTag, ...nothingBetween }))
      })

      t.test('no If-Match: 428 with the current tag', async () => {
        const article = await articleAt(app, 2)
        await refused(article, {}, 428, ifMatchRequired(article, urlOf(article)))
        await refused(article, { 'if-unmodified-since': new Date(Date.parse(article.updatedAt) + 5_000).toUTCString() }, 428, ifMatchRequired(article, urlOf(article)))
        await refused(article, { 'if-unmodified-since': 'yesterday' }, 428, ifMatchRequired(article, urlOf(article)))
        await refused(article, { 'if-none-match': '"1"' }, 428, ifMatchRequired(article, urlOf(article)))
      })

      t.test('If-None-Match beside If-Match, and in its place', async () => {
        const article = await articleAt(app, 2)
        await refused(article, { 'if-none-match': '*' }, 409, alreadyExists(2, urlOf(article)))
        await refused(article, { 'if-none-match': '"2"' }, 409, alreadyExists(2, urlOf(article)))
        await refused(article, { 'if-none-match': 'W/"1", W/"2"' }, 409, alreadyExists(2, urlOf(article)))
        await refused(article, { 'if-none-match': '"2-gzip"' }, 409, alreadyExists(2, urlOf(article)))
        await refused(article, { 'if-match': '"2"', 'if-none-match': '"2"' }, 409, alreadyExists(2, urlOf(article)))
        await refused(article, { 'if-match': '"1"', 'if-none-match': '"2"' }, 409, versionConflict(article, 1))
        await done(article, { 'if-match': '"2"', 'if-none-match': '"1"' })
      })

      t.test('If-Unmodified-Since: a 409 where it does not hold, and ignored beside If-Match', async () => {
        const article = await articleAt(app, 2)
        await refused(article, { 'if-unmodified-since': 'Thu, 01 Jan 2015 00:00:00 GMT' }, 409, versionConflict(article, null))
        await done(article, { 'if-match': '"2"', 'if-unmodified-since': 'Thu, 01 Jan 2015 00:00:00 GMT' })
      })

      t.test('a malformed If-Match or If-None-Match: 400 that names it', async () => {
        const article = await articleAt(app, 1)
        const syntax = 'it must be *, or entity-tags such as "5", separated by commas'
        for (const [value, fault] of [
          ['', 'it is empty'], [' ', 'it is empty'], [',', 'it is empty'], ['words', syntax], ['"5', syntax], ['5"', syntax], ['"5" "6"', syntax], ["'5'", syntax], ['w/"5"', syntax],
          ['-1', syntax], ['5.0', syntax], ['**', syntax], ['*, "5"', '* must stand alone'], ['"5", *', '* must stand alone'], ['*, *', '* must stand alone'],
          [Array.from({ length: 101 }, (_, i) => `"${i + 1}"`).join(), 'it has more than 100 entity-tags']
        ] as const) {
          for (const header of ['If-Match', 'If-None-Match']) {
            await refused(article, { [header]: value }, 400, badRequest(`${header} cannot be read: ${fault}`, urlOf(article), { header }), null)
          }
        }
        await done(article, { 'if-match': Array.from({ length: 100 }, (_, i) => `"${i + 1}"`).join() })
      })

      t.test('an id that was never there', async (t) => {
        const url = `/api/articles/${neverThere}`
        for (const ifMatch of ['*', '"1"', '"x"', 'W/"1"']) {
          const reply = await send(app, method, url, body, { 'if-match': ifMatch })
          t.equal(reply.statusCode, 404)
          t.strictSame(reply.json(), notFound(url))
        }
        const reply = await send(app, method, url, body)
        t.equal(reply.statusCode, method === 'PUT' ? 428 : 404)
        t.strictSame(reply.json(), method === 'PUT' ? createRequired(url) : notFound(url))
        t.equal((await send(app, method, url, body, { 'if-none-match': '"1"' })).statusCode, method === 'PUT' ? 428 : 404)
        t.equal((await send(app, 'GET', url)).statusCode, 404)
      })

      t.test('a deleted id', async (t) => {
        const deleted = await deletedArticleAt(app, 3)
        const { url } = deleted
        for (const ifMatch of [undefined, '*']) {
          const reply = await send(app, method, url, body, { ...(ifMatch !== undefined && { 'if-match': ifMatch }) })
          t.equal(reply.statusCode, 410)
          t.strictSame(reply.json(), gone(deleted, 3))
          t.equal(reply.headers.etag, '"3"')
        }
        for (const version of [1, 2, 3, 4]) {
          const reply = await send(app, method, url, body, { 'if-match': `"${version}"` })
          t.equal(reply.statusCode, 409)
          t.strictSame(reply.json(), deletedConflict(deleted, 3, version, method === 'DELETE' && version === 2 ? { alreadyApplied: true } : {}))
          t.equal(reply.headers.etag, '"3"')
        }
        t.strictSame((await send(app, 'GET', url)).json(), gone(deleted, 3))
      })

      t.end()
    })
  }

  t.test('If-None-Match: * creates, once', async (t) => {
    const url = `/api/articles/${'b'.repeat(24)}`
    const reply = await send(app, 'PUT', url, { title: 'A' }, { 'if-none-match': '*' })
    t.equal(reply.statusCode, 201)
    const article = reply.json<Document>()
    t.strictSame(article, { id: 'b'.repeat(24), version: 1, title: 'A', body: '', tags: [], status: 'draft', createdAt: article.createdAt, updatedAt: article.createdAt })
    t.match(reply.headers, { etag: '"1"', location: url, 'content-location': url })
    const again = await send(app, 'PUT', url, { title: 'B' }, { 'if-none-match': '*' })
    t.equal(again.statusCode, 409)
    t.strictSame(again.json(), alreadyExists(1, url))
    t.equal(again.headers.etag, '"1"')
  })

  t.test('a POST to the collection has no version to compare: If-Match is refused', async (t) => {
    for (const ifMatch of ['"1"', '*', '1', 'W/"1"']) {
      const reply = await send(app, 'POST', '/api/articles', { title: 'never stored' }, { 'if-match': ifMatch })
      t.equal(reply.statusCode, 400)
      t.strictSame(reply.json(), badRequest('If-Match cannot be honoured here: what is created has no version to compare with yet', '/api/articles', { header: 'If-Match' }))
    }
    t.notMatch((await send(app, 'GET', '/api/articles?limit=100')).body, 'never stored')
  })

  t.test('a DELETE without a body is fine with any Content-Type, and with one that is JSON', async (t) => {
    const first = await articleAt(app, 1)
    t.equal((await send(app, 'DELETE', urlOf(first), undefined, { 'if-match': '"1"', 'content-type': 'text/plain' })).statusCode, 204)
    const second = await articleAt(app, 1)
    t.equal((await send(app, 'DELETE', urlOf(second), {}, { 'if-match': '"1"' })).statusCode, 204)
  })
})
