import t from 'tap'
import { buildTestApp } from '../app.js'
import { problem } from '../plugins/problem-app.js'
import { articleAt, badRequest, deletedArticleAt, gone, headersOf, neverThere, notFound, send, urlOf } from './stored.js'

const httpDate = (iso: string, plusMs = 0) => new Date(Date.parse(iso) + plusMs).toUTCString()

t.test('preconditions of GET and HEAD', async (t) => {
  const { app } = await buildTestApp(t)
  const article = await articleAt(app, 5)
  const url = urlOf(article)
  const longAgo = 'Thu, 01 Jan 2015 00:00:00 GMT'
  const { updatedAt } = article

  for (const method of ['GET', 'HEAD'] as const) {
    t.test(method, async (t) => {
      const cases: readonly [headers: Record<string, string>, status: 200 | 304 | 412, failed?: string][] = [
        [{}, 200],
        [{ 'if-none-match': '"5"' }, 304],
        [{ 'if-none-match': '5' }, 304],
        [{ 'if-none-match': 'W/"5"' }, 304],
        [{ 'if-none-match': '"1", W/"5"' }, 304],
        [{ 'if-none-match': '"5-gzip"' }, 304],
        [{ 'if-none-match': '*' }, 304],
        [{ 'if-none-match': '"4"' }, 200],
        [{ 'if-none-match': '"x"' }, 200],
        [{ 'if-match': '"5"' }, 200],
        [{ 'if-match': '*' }, 200],
        [{ 'if-match': '5' }, 200],
        [{ 'if-match': '"5"', 'if-none-match': '"5"' }, 304],
        [{ 'if-match': '"4"' }, 412, 'If-Match'],
        [{ 'if-match': 'W/"5"' }, 412, 'If-Match'],
        [{ 'if-match': '"4"', 'if-none-match': '"5"' }, 412, 'If-Match'],
        [{ 'if-modified-since': httpDate(updatedAt) }, 304],
        [{ 'if-modified-since': httpDate(updatedAt, 60_000) }, 304],
        [{ 'if-modified-since': longAgo }, 200],
        [{ 'if-modified-since': 'yesterday' }, 200],
        [{ 'if-none-match': '"4"', 'if-modified-since': httpDate(updatedAt) }, 200],
        [{ 'if-none-match': '"5"', 'if-modified-since': longAgo }, 304],
        [{ 'if-unmodified-since': httpDate(updatedAt) }, 200],
        [{ 'if-unmodified-since': longAgo }, 412, 'If-Unmodified-Since'],
        [{ 'if-match': '"5"', 'if-unmodified-since': longAgo }, 200],
        [{ 'if-match': '"4"', 'if-unmodified-since': httpDate(updatedAt) }, 412, 'If-Match']
      ]
      for (const [headers, status, failed] of cases) {
        const reply = await send(app, method, url, undefined, headers)
        t.equal(reply.statusCode, status, JSON.stringify(headers))
        t.equal(reply.headers.etag, '"5"')
        if (status === 412) {
          t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
          if (method === 'GET') t.strictSame(reply.json(), problem('precondition-failed', 'Precondition Failed', 412, `${failed ?? ''} does not hold for the current version`, url, { currentVersion: 5 }))
        } else {
          t.match(reply.headers, { 'cache-control': 'private, no-cache', 'last-modified': httpDate(updatedAt) })
          if (method === 'GET' && status === 200) t.strictSame(reply.json(), article)
        }
        if (method === 'HEAD' || status === 304) t.equal(reply.body, '')
        if (status === 304) t.notOk('content-type' in reply.headers)
      }
    })

    t.test(`${method} of what can't be read, is not there or is gone`, async (t) => {
      const deleted = await deletedArticleAt(app, 3)
      const missing = `/api/articles/${neverThere}`
      for (const [at, headers, status, body] of [
        [url, { 'if-none-match': '"5' }, 400, badRequest('If-None-Match cannot be read: it must be *, or entity-tags such as "5", separated by commas', url, { header: 'If-None-Match' })],
        [url, { 'if-match': '' }, 400, badRequest('If-Match cannot be read: it is empty', url, { header: 'If-Match' })],
        [missing, {}, 404, notFound(missing)],
        [missing, { 'if-none-match': '*' }, 404, notFound(missing)],
        [deleted.url, {}, 410, gone(deleted, 3)],
        [deleted.url, { 'if-none-match': '"3"' }, 410, gone(deleted, 3)],
        [deleted.url, { 'if-match': '"2"' }, 410, gone(deleted, 3)]
      ] as const) {
        const reply = await send(app, method, at, undefined, headers)
        t.equal(reply.statusCode, status)
        t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'content-length': String(JSON.stringify(body).length) })
        t.equal(reply.headers.etag, status === 410 ? '"3"' : undefined)
        if (method === 'HEAD') t.equal(reply.body, '')
        else t.strictSame(reply.json(), body)
      }
    })
  }

  t.test('HEAD has the headers of GET', async (t) => {
    const [get, head] = [await send(app, 'GET', url), await send(app, 'HEAD', url)]
    t.strictSame(headersOf(head), headersOf(get))
  })
})
