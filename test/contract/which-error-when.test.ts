import type { FastifyInstance, InjectOptions } from 'fastify'
import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { articles } from '../../src/resources/articles.js'
import { defineResource } from '../../src/resources/resource.js'
import { users } from '../../src/resources/users.js'
import { buildTestApp } from '../app.js'
import { problem } from '../plugins/problem-app.js'
import { articleAt, create, deletedArticleAt, neverThere, notFound, send, urlOf } from './stored.js'

const tasks = defineResource({
  name: 'tasks',
  noun: 'task',
  schema: Type.Object({ name: Type.String({ minLength: 1 }) }),
  unique: [{ fields: ['name'] }],
  states: { field: 'state', initial: 'open', transitions: { close: { from: ['open'], to: 'closed' } } }
})

type Method = NonNullable<InjectOptions['method']>
type Wrong = readonly [what: string, method: Method, url: string, body: object | string | undefined, headers: Record<string, string>, status: number, type: string]

const check = async (t: Test, app: FastifyInstance, wrongs: readonly Wrong[]) => {
  for (const [what, method, url, body, headers, status, type] of wrongs) {
    const reply = await send(app, method, url, body, headers)
    t.equal(reply.statusCode, status, what)
    t.match(reply.json(), { type: `/problems/${type}`, status, instance: url.slice(0, 2048) }, what)
    t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  }
}

t.test('of several things that are wrong the first in the order is told', async (t) => {
  const { app } = await buildTestApp(t, { resources: [articles, users, tasks] })
  const url = urlOf(await articleAt(app, 2))
  const missing = `/api/articles/${neverThere}`
  const { url: deleted } = await deletedArticleAt(app, 2)
  const tooLarge = JSON.stringify({ title: 'x'.repeat(1_048_577) })
  const text = { 'content-type': 'text/plain' }
  const html = { accept: 'text/html' }
  const stale = { 'if-match': '"1"' }
  const malformed = { 'if-match': '"' }
  const published = { title: 'B', status: 'published' }
  const taken = await create(app, '/api/tasks', { name: 'taken' })
  const task = urlOf(await create(app, '/api/tasks', { name: 'task' }), '/api/tasks')

  await check(t, app, [
    ['404 route before 406', 'GET', '/nowhere', undefined, html, 404, 'not-found'],
    ['404 route before 413', 'POST', '/nowhere', tooLarge, {}, 404, 'not-found'],
    ['404 route before 414', 'GET', `/nowhere/${'x'.repeat(13_000)}`, undefined, {}, 404, 'not-found'],
    ['404 route before 415', 'POST', '/nowhere', 'x', text, 404, 'not-found'],
    ['405 before 406', 'DELETE', '/api/articles', undefined, html, 405, 'method-not-allowed'],
    ['405 before 413', 'POST', url, tooLarge, {}, 405, 'method-not-allowed'],
    ['405 before 400 (id)', 'POST', '/api/articles/x', {}, {}, 405, 'method-not-allowed'],
    ['406 before 413', 'PUT', url, tooLarge, html, 406, 'not-acceptable'],
    ['406 before 415', 'PUT', url, 'x', { ...html, ...text }, 406, 'not-acceptable'],
    ['406 before 400', 'PUT', url, '{', { ...html, ...malformed }, 406, 'not-acceptable'],
    ['406 before 404', 'GET', missing, undefined, html, 406, 'not-acceptable'],
    ['413 before 415', 'PUT', url, tooLarge, text, 413, 'too-large'],
    ['413 before 400', 'PUT', '/api/articles/x', tooLarge, malformed, 413, 'too-large'],
    ['415 before 400 (body)', 'PATCH', url, '{', text, 415, 'unsupported-media-type'],
    ['415 before 400 (header)', 'PATCH', url, '{}', { ...text, ...malformed }, 415, 'unsupported-media-type'],
    ['415 before 400 (id)', 'PATCH', '/api/articles/x', '{}', text, 415, 'unsupported-media-type'],
    ['415 before 404', 'PATCH', missing, '{}', text, 415, 'unsupported-media-type'],
    ['400 (body) before 422', 'PUT', url, '{"other":1', {}, 400, 'bad-request'],
    ['400 (header) before 422', 'PUT', url, { other: 1 }, malformed, 400, 'bad-request'],
    ['400 (header) before 422 (not storable)', 'PUT', url, '{"title":"\\ud800"}', malformed, 400, 'bad-request'],
    ['400 (id) before 422', 'PUT', '/api/articles/x', { other: 1 }, {}, 400, 'bad-request'],
    ['400 (If-Match on POST) before 422', 'POST', '/api/articles', { other: 1 }, stale, 400, 'bad-request'],
    ['400 (header) before 404', 'PATCH', missing, {}, malformed, 400, 'bad-request'],
    ['400 (header) before 410', 'DELETE', deleted, undefined, malformed, 400, 'bad-request'],
    ['422 before 404', 'PATCH', missing, { other: 1 }, stale, 422, 'invalid'],
    ['422 before 410', 'PUT', deleted, { title: '' }, {}, 422, 'invalid'],
    ['422 before 428', 'PUT', url, { title: '' }, {}, 422, 'invalid'],
    ['422 (id in the body) before 404', 'PUT', missing, { title: 'A', id: 'a'.repeat(24) }, stale, 422, 'invalid'],
    ['422 before 409 version', 'PUT', url, { title: '' }, stale, 422, 'invalid'],
    ['422 (initial state) before 409 already-exists', 'PUT', url, published, { 'if-none-match': '*' }, 422, 'invalid'],
    ['404 before 428', 'PATCH', missing, {}, {}, 404, 'not-found'],
    ['404 before 428', 'DELETE', missing, undefined, {}, 404, 'not-found'],
    ['410 before 428', 'PUT', deleted, { title: 'A' }, {}, 410, 'gone'],
    ['410 before 428', 'PATCH', deleted, {}, {}, 410, 'gone'],
    ['410 before 428', 'DELETE', deleted, undefined, {}, 410, 'gone'],
    ['404 before 409 state', 'POST', `${missing}/archive`, undefined, {}, 404, 'not-found'],
    ['410 before 409 state', 'POST', `${deleted}/archive`, undefined, {}, 410, 'gone'],
    ['428 before 422 (state)', 'PUT', url, published, {}, 428, 'precondition-required'],
    ['428 before 409 duplicate', 'PUT', task, { name: 'taken' }, {}, 428, 'precondition-required'],
    ['409 version before 422 (state)', 'PUT', url, published, stale, 409, 'version-conflict'],
    ['409 version before 422 (state)', 'PATCH', url, published, stale, 409, 'version-conflict'],
    ['409 version before 409 state', 'POST', `${url}/archive`, undefined, stale, 409, 'version-conflict'],
    ['409 version before 409 duplicate', 'PUT', task, { name: 'taken' }, { 'if-match': '"7"' }, 409, 'version-conflict'],
    ['409 already-exists before 409 duplicate', 'PUT', task, { name: 'taken' }, { 'if-none-match': '*' }, 409, 'already-exists'],
    ['422 (state) before 409 duplicate', 'PUT', task, { name: 'taken', state: 'closed' }, { 'if-match': '"1"' }, 422, 'invalid'],
    ['422 (version in the body) before 409 duplicate', 'PUT', task, { name: 'taken', version: 9 }, { 'if-match': '*' }, 422, 'invalid'],
    ['409 duplicate at last', 'PUT', task, { name: 'taken' }, { 'if-match': '"1"' }, 409, 'duplicate']
  ])
  t.match((await send(app, 'GET', urlOf(taken, '/api/tasks'))).json(), taken)
})

t.test('the members of each', async (t) => {
  const { app } = await buildTestApp(t)
  const url = urlOf(await articleAt(app, 1))

  t.test('404 and 405', async (t) => {
    for (const [method, at, allow] of [
      ['DELETE', '/api/articles', 'GET, HEAD, POST, OPTIONS'], ['PUT', '/api/users', 'GET, HEAD, POST, OPTIONS'],
      ['POST', url, 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'], ['GET', `${url}/publish`, 'POST, OPTIONS'], ['DELETE', '/health/live', 'GET, HEAD, OPTIONS'], ['TRACE', url, 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS']
    ] as const) {
      const reply = await app.inject({ method: method as Method, url: at })
      t.equal(reply.statusCode, 405)
      t.strictSame(reply.json(), problem('method-not-allowed', 'Method Not Allowed', 405, 'This URL does not have this method: see Allow', at))
      t.equal(reply.headers.allow, allow)
      const options = await app.inject({ method: 'OPTIONS', url: at })
      t.equal(options.statusCode, 204)
      t.equal(options.body, '')
      t.equal(options.headers.allow, allow)
      t.equal(options.headers['accept-patch'], at === url ? 'application/merge-patch+json, application/json, application/json-patch+json' : undefined)
    }
    for (const at of ['/nowhere', '/api', `${url}/publish/now`, '/api/articles/x/y', '/__proto__', '/api/constructor']) {
      for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'] as const) {
        const reply = await app.inject({ method, url: at })
        t.equal(reply.statusCode, 404)
        t.strictSame(reply.json(), notFound(at))
      }
      t.match(await app.inject({ method: 'HEAD', url: at }), { statusCode: 404, body: '', headers: { 'content-type': 'application/problem+json' } })
    }
  })

  t.test('406', async (t) => {
    for (const accept of ['text/html', 'application/json;q=0', 'application/xml, text/*']) {
      const reply = await app.inject({ url, headers: { accept } })
      t.equal(reply.statusCode, 406)
      t.strictSame(reply.json(), problem('not-acceptable', 'Not Acceptable', 406, 'The reply would be application/json, which Accept rules out', url))
    }
    for (const accept of ['', '*/*', 'application/*', 'text/html, */*;q=0.1', 'application/json']) t.equal((await app.inject({ url, headers: { accept } })).statusCode, 200)
  })

  t.test('413 and 414', async (t) => {
    const large = await send(app, 'PUT', url, JSON.stringify({ title: 'x'.repeat(1_048_577) }), { 'if-match': '"1"' })
    t.equal(large.statusCode, 413)
    t.strictSame(large.json(), problem('too-large', 'Content Too Large', 413, 'The body is larger than 1048576 bytes', url))
    const at = `/api/articles/${'a'.repeat(12_400)}`
    const long = await app.inject(at)
    t.equal(long.statusCode, 414)
    t.match(long.json(), { type: '/problems/too-large', status: 414, error: 'URI Too Long', message: 'The URL is longer than 12288 bytes' })
  })

  t.test('422 has every error, not the first', async (t) => {
    const reply = await send(app, 'POST', '/api/articles', { title: '', tags: ['', 1], other: true, 'a/b~c': 1 })
    t.equal(reply.statusCode, 422)
    t.strictSame(new Set(reply.json<{ errors: object[] }>().errors), new Set([
      { pointer: '/other', message: 'is not a known field' }, { pointer: '/a~1b~0c', message: 'is not a known field' },
      { pointer: '/title', message: 'must not be empty' }, { pointer: '/tags/0', message: 'must not be empty' }, { pointer: '/tags/1', message: 'must be a string' }
    ]))
  })

  t.test('health', async (t) => {
    for (const at of ['/health/live', '/health/ready']) {
      t.strictSame((await app.inject(at)).json(), { status: 'ok' })
      t.match(await app.inject({ method: 'HEAD', url: at }), { statusCode: 200, body: '' })
    }
  })
})
