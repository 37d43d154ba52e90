import t from 'tap'
import { buildTestApp } from '../app.js'
import { articleAt, badRequest, create, invalid, neverThere, notFound, send, urlOf, versionConflict, type Document } from './stored.js'

const iso8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

t.test('documents and versions', async (t) => {
  const { app } = await buildTestApp(t, { historyLimit: 0 })

  t.test('POST stores version 1 and says so in body and headers', async (t) => {
    const reply = await send(app, 'POST', '/api/articles', { title: 'A' })
    t.equal(reply.statusCode, 201)
    const article = reply.json<Document>()
    t.match(article.id, /^[0-9a-f]{24}$/)
    t.match(article.createdAt, iso8601)
    t.strictSame(article, { id: article.id, version: 1, title: 'A', body: '', tags: [], status: 'draft', createdAt: article.createdAt, updatedAt: article.createdAt })
    const url = urlOf(article)
    t.match(reply.headers, {
      etag: '"1"', location: url, 'content-location': url, 'cache-control': 'private, no-cache', vary: 'Prefer',
      'last-modified': new Date(article.createdAt).toUTCString(), 'content-type': 'application/json; charset=utf-8'
    })
    const read = await send(app, 'GET', url)
    t.equal(read.statusCode, 200)
    t.strictSame(read.json(), article)
    t.match(read.headers, { etag: '"1"', 'cache-control': 'private, no-cache', 'last-modified': new Date(article.createdAt).toUTCString() })
    t.notOk('location' in read.headers)
  })

  t.test('each change adds 1 to the version, and createdAt stays', async (t) => {
    const article = await create(app, '/api/articles', { title: 'A' })
    const reply = await send(app, 'PATCH', urlOf(article), { title: 'B' }, { 'if-match': '"1"' })
    t.equal(reply.statusCode, 200)
    const edited = reply.json<Document>()
    t.strictSame(edited, { ...article, title: 'B', version: 2, updatedAt: edited.updatedAt })
    t.ok(edited.updatedAt >= article.updatedAt)
    t.equal(reply.headers.etag, '"2"')
    t.strictSame((await send(app, 'GET', urlOf(article))).json(), edited)
  })

  t.test('an id is 24 hexadecimal digits; of any other form it is 400', async (t) => {
    for (const id of ['1', 'g'.repeat(24), 'a'.repeat(23), 'a'.repeat(25)]) {
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'] as const) {
        const url = `/api/articles/${id}`
        const reply = await send(app, method, url, method === 'PUT' || method === 'PATCH' ? { title: 'A' } : undefined, { 'if-match': '*' })
        t.equal(reply.statusCode, 400)
        t.strictSame(reply.json(), badRequest('The id in the URL must be 24 hexadecimal digits', url))
      }
    }
    t.equal((await send(app, 'POST', '/api/articles/1/publish')).statusCode, 400)
  })

  t.test('an id in capitals is the same id', async (t) => {
    const article = await articleAt(app, 1)
    const url = `/api/articles/${article.id.toUpperCase()}`
    t.strictSame((await send(app, 'GET', url)).json(), article)
    const { statusCode, headers } = await send(app, 'PUT', url, { ...article, title: 'B', id: article.id.toUpperCase() }, { 'if-match': '"1"' })
    t.match({ statusCode, headers }, { statusCode: 200, headers: { etag: '"2"', 'content-location': urlOf(article) } })
  })

  t.test('GET, edit and PUT of the same object', async (t) => {
    const article = await articleAt(app, 3)
    const reply = await send(app, 'PUT', urlOf(article), { ...article, title: 'edited' }, { 'if-match': '"3"' })
    t.equal(reply.statusCode, 200)
    const edited = reply.json<Document>()
    t.strictSame(edited, { ...article, title: 'edited', version: 4, updatedAt: edited.updatedAt })
    const dates = await send(app, 'PUT', urlOf(article), { ...edited, createdAt: 'yesterday', updatedAt: '1970' }, { 'if-match': '"4"' })
    t.strictSame(dates.json(), edited, 'the dates are ignored, and nothing else was changed')
  })

  t.test('the version in a PUT narrows the condition', async (t) => {
    const article = await articleAt(app, 3)
    const url = urlOf(article)
    t.equal((await send(app, 'PUT', url, { title: 'B', version: 3 }, { 'if-match': '"2", "3"' })).statusCode, 200)
    const current = (await send(app, 'GET', url)).json<Document>()
    const narrowed = await send(app, 'PUT', url, { title: 'C', version: 3 }, { 'if-match': '"3", "4"' })
    t.equal(narrowed.statusCode, 409)
    t.strictSame(narrowed.json(), versionConflict(current, 3))
    for (const ifMatch of ['"4"', '"x"']) {
      const reply = await send(app, 'PUT', url, { title: 'C', version: 3 }, { 'if-match': ifMatch })
      t.equal(reply.statusCode, 422)
      t.strictSame(reply.json(), invalid(url, ['/version', 'must be a version that If-Match names']))
    }
    const any = await send(app, 'PUT', url, { title: 'C', version: 3 }, { 'if-match': '*' })
    t.equal(any.statusCode, 422)
    t.strictSame(any.json(), invalid(url, ['/version', 'must be the stored version, 4']))
    t.strictSame((await send(app, 'GET', url)).json(), current)
    t.equal((await send(app, 'PUT', url, { title: 'C', version: 4 }, { 'if-match': '*' })).statusCode, 200)
  })

  t.test('the id in a PUT must be that of the URL', async (t) => {
    const article = await articleAt(app, 1)
    const reply = await send(app, 'PUT', urlOf(article), { title: 'B', id: neverThere }, { 'if-match': '"1"' })
    t.equal(reply.statusCode, 422)
    t.strictSame(reply.json(), invalid(urlOf(article), ['/id', 'must be the id in the URL']))
  })

  t.test('a create-only PUT may send id and dates, but no version', async (t) => {
    const id = 'c'.repeat(24)
    const url = `/api/articles/${id}`
    const refused = await send(app, 'PUT', url, { id, version: 1, title: 'A' }, { 'if-none-match': '*' })
    t.equal(refused.statusCode, 422)
    t.strictSame(refused.json(), invalid(url, ['/version', 'cannot be sent with If-None-Match: *, since what is created has none yet']))
    t.strictSame((await send(app, 'GET', url)).json(), notFound(url))
    const reply = await send(app, 'PUT', url, { id, title: 'A', createdAt: '1970', updatedAt: '1970' }, { 'if-none-match': '*' })
    t.equal(reply.statusCode, 201)
    const article = reply.json<Document>()
    t.match(article.createdAt, iso8601)
    t.strictSame(article, { id, version: 1, title: 'A', body: '', tags: [], status: 'draft', createdAt: article.createdAt, updatedAt: article.createdAt })
    t.match(reply.headers, { etag: '"1"', location: url, 'content-location': url })
  })

  t.test('anywhere else what the service sets is a 422 that names it', async (t) => {
    const article = await articleAt(app, 1)
    for (const field of ['id', 'version', 'createdAt', 'updatedAt'] as const) {
      const body = { title: 'B', [field]: article[field] }
      const post = await send(app, 'POST', '/api/articles', body)
      t.equal(post.statusCode, 422)
      t.strictSame(post.json(), invalid('/api/articles', [`/${field}`, 'is not a known field']))
      const patch = await send(app, 'PATCH', urlOf(article), body, { 'if-match': '"1"' })
      t.equal(patch.statusCode, 422)
      t.strictSame(patch.json(), invalid(urlOf(article), [`/${field}`, 'is not a known field']))
    }
  })

  t.test('whatever a string holds is stored as it is', async (t) => {
    for (const title of ['$title', '$$ROOT', '$$REMOVE', 'a.b', '{"$ne":1}', '\0', '__proto__', '😀', ' ', '\u2028']) {
      const article = await create(app, '/api/articles', { title, body: title, tags: [title] })
      t.match(article, { title, body: title, tags: [title] })
      const edited = await send(app, 'PUT', urlOf(article), { title: `${title}!`, body: title }, { 'if-match': '"1"' })
      t.equal(edited.statusCode, 200)
      t.match((await send(app, 'GET', urlOf(article))).json(), { version: 2, title: `${title}!`, body: title, tags: [] })
    }
  })
})
