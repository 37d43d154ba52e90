import t from 'tap'
import { buildTestApp } from '../app.js'
import { articleAt, create, invalid, send, urlOf, versionConflict, type Document } from './stored.js'

t.test('changing a document', async (t) => {
  const { app } = await buildTestApp(t, { historyLimit: 0 })

  t.test('PUT replaces: what is left out is gone, or what it is unless given', async (t) => {
    const article = await create(app, '/api/articles', { title: 'A', body: 'text', tags: ['x'] })
    const edited = (await send(app, 'PUT', urlOf(article), { title: 'B' }, { 'if-match': '"1"' })).json<Document>()
    t.strictSame(edited, { ...article, title: 'B', body: '', tags: [], version: 2, updatedAt: edited.updatedAt })
    const user = await create(app, '/api/users', { email: 'put@example.com', username: 'put', name: 'N' })
    const nameless = (await send(app, 'PUT', urlOf(user, '/api/users'), { email: 'put@example.com', username: 'put' }, { 'if-match': '"1"' })).json<Document>()
    t.strictSame(nameless, { id: user.id, version: 2, email: user.email, username: user.username, createdAt: user.createdAt, updatedAt: nameless.updatedAt })
    t.strictSame((await send(app, 'PUT', urlOf(article), {}, { 'if-match': '"2"' })).json(), invalid(urlOf(article), ['/title', 'is required']))
  })

  t.test('PATCH merges, as either media type', async (t) => {
    for (const type of ['application/merge-patch+json', 'application/json', 'application/json; charset=utf-8']) {
      const article = await create(app, '/api/articles', { title: 'A', body: 'text', tags: ['x', 'y'] })
      const reply = await send(app, 'PATCH', urlOf(article), { tags: ['z'] }, { 'if-match': '"1"', 'content-type': type })
      t.equal(reply.statusCode, 200)
      const edited = reply.json<Document>()
      t.strictSame(edited, { ...article, tags: ['z'], version: 2, updatedAt: edited.updatedAt })
    }
    const user = await create(app, '/api/users', { email: 'patch@example.com', username: 'patch', name: 'N' })
    const nameless = (await send(app, 'PATCH', urlOf(user, '/api/users'), { name: null }, { 'if-match': '"1"' })).json<Document>()
    t.strictSame(nameless, { id: user.id, version: 2, email: user.email, username: user.username, createdAt: user.createdAt, updatedAt: nameless.updatedAt })
    const article = await create(app, '/api/articles', { title: 'A', body: 'text', tags: ['x'] })
    const emptied = (await send(app, 'PATCH', urlOf(article), { body: null, tags: null }, { 'if-match': '"1"' })).json<Document>()
    t.strictSame(emptied, { ...article, body: '', tags: [], version: 2, updatedAt: emptied.updatedAt }, 'null removes, and the default stands in its place')
  })

  t.test('what a PATCH makes is validated before it is stored', async (t) => {
    const article = await articleAt(app, 1)
    const url = urlOf(article)
    for (const [patch, ...errors] of [
      [{ title: null }, ['/title', 'must be a string']],
      [{ title: '' }, ['/title', 'must not be empty']],
      [{ title: { $ne: 1 } }, ['/title', 'must be a string']],
      [{ tags: ['x', 'x'] }, ['/tags/1', 'must differ from /tags/0']],
      [{ other: 1 }, ['/other', 'is not a known field']],
      [[1], ['', 'must be an object']],
      ['"text"', ['', 'must be an object']],
      ['null', ['', 'must be an object']]
    ] as const) {
      const reply = await send(app, 'PATCH', url, patch, { 'if-match': '"1"' })
      t.equal(reply.statusCode, 422)
      t.strictSame(reply.json(), invalid(url, ...errors))
    }
    t.strictSame((await send(app, 'GET', url)).json(), article)
  })

  t.test('lengths are in code points', async (t) => {
    t.equal((await send(app, 'POST', '/api/articles', { title: '😀'.repeat(200) })).statusCode, 201)
    t.strictSame((await send(app, 'POST', '/api/articles', { title: '😀'.repeat(201), body: 'x'.repeat(100_001), tags: ['t'.repeat(65), ''] })).json(), invalid('/api/articles',
      ['/title', 'must have at most 200 characters'], ['/body', 'must have at most 100000 characters'], ['/tags/0', 'must have at most 64 characters'], ['/tags/1', 'must not be empty']))
    t.strictSame((await send(app, 'POST', '/api/articles', { title: 'A', tags: Array.from({ length: 33 }, (_, i) => `t${i}`) })).json(), invalid('/api/articles', ['/tags', 'must have at most 32 items']))
    const full = await send(app, 'POST', '/api/articles', { title: 'A', body: '€'.repeat(100_000), tags: Array.from({ length: 32 }, (_, i) => String(i).padStart(64, 't')) })
    t.equal(full.statusCode, 201)
    const users = [{ email: `${'a'.repeat(243)}@example.com`, username: 'u', name: 'n'.repeat(201) }, { email: 'no address', username: '' }]
    t.strictSame((await send(app, 'POST', '/api/users', users[0])).json(), invalid('/api/users', ['/email', 'must have at most 254 characters'], ['/name', 'must have at most 200 characters']))
    t.match((await send(app, 'POST', '/api/users', users[1])).json(), { errors: [{ pointer: '/email' }, { pointer: '/username', message: 'must not be empty' }] })
  })

  t.test('a change that changes nothing keeps the version, and is judged by the version that matched', async (t) => {
    const article = await create(app, '/api/articles', { title: 'A', body: 'text', tags: ['x', 'y'] })
    const url = urlOf(article)
    for (const [method, body] of [['PUT', { tags: ['x', 'y'], body: 'text', title: 'A' }], ['PUT', article], ['PATCH', {}], ['PATCH', { title: 'A' }]] as const) {
      for (const ifMatch of ['"1"', '*', '"1", "9"']) {
        const reply = await send(app, method, url, body, { 'if-match': ifMatch })
        t.equal(reply.statusCode, 200)
        t.strictSame(reply.json(), article)
        t.match(reply.headers, { etag: '"1"', 'content-location': url })
      }
    }
    const current = (await send(app, 'PATCH', url, { title: 'B' }, { 'if-match': '"1"' })).json<Document>()
    const stale = await send(app, 'PATCH', url, { title: 'B' }, { 'if-match': '"1"' })
    t.equal(stale.statusCode, 409)
    t.strictSame(stale.json(), versionConflict(current, 1, { alreadyApplied: true }))
    t.match((await send(app, 'PUT', url, { ...current, tags: ['y', 'x'] }, { 'if-match': '"2"' })).json(), { version: 3, tags: ['y', 'x'] }, 'another order is a change')
  })

  t.test('another media type is 415, with those that the URL takes', async (t) => {
    const url = urlOf(await articleAt(app, 1))
    for (const type of ['text/plain', 'application/xml', 'application/json; charset=latin1', 'application/jsonx', 'text/json', 'nonsense', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      for (const [method, at, header] of [['PATCH', url, 'accept-patch'], ['PUT', url, 'accept'], ['POST', '/api/articles', 'accept'], ['POST', `${url}/publish`, 'accept']] as const) {
        const reply = await send(app, method, at, { title: 'B' }, { 'if-match': '"1"', 'content-type': type })
        t.equal(reply.statusCode, 415, `${method} ${type}`)
        t.match(reply.json(), { type: '/problems/unsupported-media-type', instance: at })
        t.equal(reply.headers[header], method === 'PATCH' ? 'application/merge-patch+json, application/json, application/json-patch+json' : 'application/json')
      }
    }
    t.equal((await app.inject({ method: 'PUT', url, payload: Buffer.from('{"title":"B"}'), headers: { 'if-match': '"1"' } })).statusCode, 415)
    t.equal((await send(app, 'PUT', url, { title: 'B' }, { 'if-match': '"1"', 'content-type': 'application/merge-patch+json' })).statusCode, 415)
    t.equal((await send(app, 'PUT', url, { title: 'B' }, { 'if-match': '"1"', 'content-encoding': 'gzip' })).statusCode, 415)
    t.match((await send(app, 'GET', url)).json(), { version: 1 })
  })
})

t.test('Prefer: return', async (t) => {
  const { app } = await buildTestApp(t, { historyLimit: 0 })
  const url = `/api/articles/${'f'.repeat(24)}`
  const requests = [
    ['POST', '/api/articles', { title: 'A' }, {}, 201],
    ['PUT', url, { title: 'A' }, { 'if-none-match': '*' }, 201],
    ['PUT', url, { title: 'B' }, { 'if-match': '"1"' }, 204],
    ['PUT', url, { title: 'B' }, { 'if-match': '"2"' }, 204],
    ['PATCH', url, { title: 'C' }, { 'if-match': '"2"' }, 204],
    ['POST', `${url}/publish`, undefined, {}, 204]
  ] as const
  for (const [i, [method, at, body, headers, status]] of requests.entries()) {
    const reply = await send(app, method, at, body, { ...headers, prefer: 'return=minimal' })
    t.equal(reply.statusCode, status)
    t.equal(reply.body, '')
    t.match(reply.headers, { etag: ['"1"', '"1"', '"2"', '"2"', '"3"', '"4"'][i], 'preference-applied': 'return=minimal', vary: 'Prefer', 'last-modified': / GMT$/ })
    t.notOk('content-location' in reply.headers, 'no representation, and so no name for one')
    if (status === 201) t.equal((await send(app, 'GET', String(reply.headers.location))).headers.etag, '"1"')
  }
  for (const [prefer, applied, status] of [
    ['return=representation', 'return=representation', 200],
    ['RETURN="minimal"', 'return=minimal', 204],
    ['respond-async, return=minimal; x=y', 'return=minimal', 204],
    ['return=minimal, return=representation', 'return=minimal', 204],
    ['return=nothing', undefined, 200],
    ['respond-async', undefined, 200],
    ['', undefined, 200],
    [';;,,=', undefined, 200]
  ] as const) {
    const reply = await send(app, 'PATCH', url, {}, { 'if-match': '"4"', prefer })
    t.equal(reply.statusCode, status)
    t.equal(reply.headers['preference-applied'], applied)
    if (status === 200) t.match(reply.json(), { version: 4 })
  }
  const refused = await send(app, 'PATCH', url, {}, { 'if-match': '"1"', prefer: 'return=minimal' })
  t.equal(refused.statusCode, 409)
  t.match(refused.json(), { currentVersion: 4, current: { title: 'C' } })
  t.notOk('preference-applied' in refused.headers)
})
