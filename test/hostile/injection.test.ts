import t from 'tap'
import { buildTestApp } from '../app.js'
import { articleAt, create, neverThere, send, urlOf } from '../contract/stored.js'

const url = '/api/articles'
const operators = ['{"$gt":""}', '{"$ne":null}', '$ne', '$title', '$$ROOT', '{"$where":"sleep(1000)"}', "'; return true; var x='", '[$regex]', '$expr']

t.test('operators of the database', async (t) => {
  const { app, db } = await buildTestApp(t)
  const article = await articleAt(app, 1, { title: 'A' })
  const at = urlOf(article)
  const untouched = async () => t.strictSame((await app.inject(at)).json(), article, 'the document is as it was')

  t.test('in an id: 400', async (t) => {
    for (const operator of operators) {
      for (const path of [`${url}/${encodeURIComponent(operator)}`, `${url}/${encodeURIComponent(operator)}/revisions`]) t.equal((await app.inject(path)).statusCode, 400, path)
      t.equal((await send(app, 'DELETE', `${url}/${encodeURIComponent(operator)}`, undefined, { 'if-match': '*' })).statusCode, 400)
    }
    await untouched()
  })

  t.test('in a query: 400, or a value like any other', async (t) => {
    for (const query of ['status[$ne]=draft', 'status[$gt]=', 'status[]=draft', '$where=1', 'title[$regex]=.*', 'sort=$natural', 'sort[$ne]=title', 'limit[$gt]=1', 'limit=%24', '__proto__=1', '__proto__[limit]=1', 'constructor=1', 'cursor[$gt]=', ...operators.map((operator) => `status=${encodeURIComponent(operator)}`)]) {
      t.equal((await app.inject(`${url}?${query}`)).statusCode, 400, query)
    }
    const users = '/api/users'
    await create(app, users, { email: 'a@example.com', username: 'a' })
    for (const operator of ['{"$gt":""}', '$username', '.*', '/a/']) {
      t.strictSame((await app.inject(`${users}?username=${encodeURIComponent(operator)}`)).json(), { items: [] }, operator)
    }
  })

  t.test('in a cursor: 400', async (t) => {
    for (const cursor of [['x', 1, 1, { $gt: '' }, article.id], ['x', { $gt: 0 }, 1, 'A', article.id], ['x', 1, 1, 'A', { $ne: null }], { $gt: '' }, '$ne', null]) {
      const encoded = Buffer.from(JSON.stringify(cursor)).toString('base64url')
      t.equal((await app.inject(`${url}?cursor=${encoded}`)).statusCode, 400, JSON.stringify(cursor))
      t.equal((await app.inject(`${at}/revisions?cursor=${encoded}`)).statusCode, 400)
    }
  })

  t.test('in a precondition: no version, so nothing is written', async (t) => {
    for (const operator of operators) {
      const reply = await send(app, 'PATCH', at, { title: 'B' }, { 'if-match': `"${operator.replaceAll('"', "'").replaceAll(' ', '')}"` })
      t.equal(reply.statusCode, 409, operator)
      t.equal(reply.json<{ yourVersion: null }>().yourVersion, null)
      t.equal((await send(app, 'PATCH', at, { title: 'B' }, { 'if-match': operator })).statusCode, 400)
    }
    await untouched()
  })

  t.test('in an Idempotency-Key: a key like any other', async (t) => {
    const stored = await Promise.all(['$ne', '{$gt:1}', '__proto__', 'constructor'].map(async (key) => (await send(app, 'POST', url, { title: key }, { 'idempotency-key': key })).json<{ id: string, title: string }>()))
    t.equal(new Set(stored.map(({ id }) => id)).size, 4)
    t.strictSame(stored.map(({ title }) => title), ['$ne', '{$gt:1}', '__proto__', 'constructor'])
  })

  t.test('in a merge patch and a JSON Patch: names that no article has are 422, values are stored as they are', async (t) => {
    for (const patch of [{ $set: { title: 'B' } }, { 'title.$': 'B' }, { title: { $gt: '' } }, { title: { $literal: 'B' } }, JSON.parse('{"__proto__":{"title":"B"}}') as object]) {
      t.equal((await send(app, 'PATCH', at, patch, { 'if-match': '*' })).statusCode, 422, JSON.stringify(patch))
    }
    const jsonPatch = (patch: object[]) => send(app, 'PATCH', at, patch, { 'if-match': '*', 'content-type': 'application/json-patch+json' })
    for (const path of ['/$set', '/$title', '/__proto__/title', '/constructor/prototype/title', '/version', '/_id', '/deletedAt', '/content/title', '/tags/__proto__', '/tags/length']) {
      t.equal((await jsonPatch([{ op: 'add', path, value: 'B' }])).statusCode, 422, path)
    }
    for (const from of ['/__proto__', '/constructor', '/toString', '/tags/length']) t.equal((await jsonPatch([{ op: 'copy', from, path: '/title' }])).statusCode, 422, from)
    t.equal(Reflect.get({}, 'title'), undefined, 'no prototype was touched')
    await untouched()
    for (const title of operators) {
      t.equal((await send(app, 'PATCH', at, { title }, { 'if-match': '*' })).json<{ title: string }>().title, title)
    }
    t.equal(await db.collection('articles').countDocuments({ 'content.title': { $type: 'object' } }), 0)
  })
})

t.test('line breaks in what becomes a header', async (t) => {
  const { app } = await buildTestApp(t)
  const article = await articleAt(app, 1)
  const broken = 'x%0d%0aset-cookie:%20a=b'
  const intact = (reply: { headers: object }) => t.notOk('set-cookie' in reply.headers)

  t.test('ids and queries: Location, Content-Location and Link', async () => {
    for (const path of [`${url}/${broken}`, `${url}?cursor=${broken}`, `${url}?limit=1&status=${broken}`, `/problems/${broken}`, `/${broken}`, `${urlOf(article)}/revisions/${broken}`]) {
      const reply = await app.inject(path)
      t.ok(reply.statusCode >= 400 && reply.statusCode < 500, path)
      intact(reply)
    }
    intact(await send(app, 'PUT', `${url}/${broken}`, { title: 'A' }, { 'if-none-match': '*' }))
    await create(app, url, { title: 'a\r\nset-cookie: a=b' })
    await create(app, url, { title: 'B' })
    const page = await app.inject(`${url}?limit=1&sort=title`)
    intact(page)
    t.notMatch(String(page.headers.link), /[\r\n]/)
  })

  t.test('headers that are sent back: X-Request-Id, Preference-Applied', async () => {
    for (const value of ['a\r\nset-cookie: a=b', 'a\nb', 'a b', 'a\0']) {
      const reply = await app.inject({ url, headers: { 'x-request-id': value, prefer: `return=minimal${value}` } })
      intact(reply)
      t.match(reply.headers['x-request-id'], /^[\w-]{36}$/)
    }
    const reply = await send(app, 'PATCH', `${url}/${neverThere}`, { title: 'B' }, { 'if-match': '*', prefer: 'return="minimal\r\nset-cookie: a=b"' })
    t.equal(reply.statusCode, 404)
    intact(reply)
  })

  t.test('values of a 409', async () => {
    await create(app, '/api/users', { email: 'crlf@example.com', username: 'a\r\nb' })
    const reply = await send(app, 'POST', '/api/users', { email: 'other@example.com', username: 'a\r\nb' })
    t.equal(reply.statusCode, 409)
    intact(reply)
  })
})
