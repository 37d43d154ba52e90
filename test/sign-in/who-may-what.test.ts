import t, { type Test } from 'tap'
import { buildTestApp, type TestApp } from '../app.js'
import { create, createRequired, ifMatchRequired, invalid, neverThere, notFound, send, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { secrets, tasks } from './tasks.js'
import { as, secret } from './tokens.js'

type App = TestApp['app']

const forbidden = (url: string): object => problem('forbidden', 'Forbidden', 403, 'You may not do this to this resource', url)
const tag = (version: number) => ({ 'if-match': `"${version}"` })

const start = async (t: Test): Promise<App> => (await buildTestApp(t, { resources: [tasks, secrets], signIn: { tokens: { secret } } })).app

/** A document of somebody's at version 2, and one that was deleted as version 2. */
const made = async (app: App, url: string, sub: string) => {
  const post = async () => (await send(app, 'POST', url, { text: 'A' }, as(sub))).json<Document>()
  const [stored, deleted] = await Promise.all([post(), post()])
  const at = `${url}/${stored.id}`
  const gone = `${url}/${deleted.id}`
  const current = (await send(app, 'PATCH', at, { text: 'B' }, { ...tag(1), ...as(sub) })).json<Document>()
  await send(app, 'DELETE', gone, undefined, { ...tag(1), ...as(sub) })
  return { at, gone, current }
}

/** Every request for one document, with what it answers its owner for a document at version 2, one after the other. */
const requests = [
  ['GET', '', undefined, {}, 200], ['HEAD', '', undefined, {}, 200], ['GET', '', undefined, { 'if-none-match': '"2"' }, 304], ['GET', '', undefined, { 'if-match': '"1"' }, 412],
  ['GET', '/revisions', undefined, {}, 200], ['GET', '/revisions/1', undefined, {}, 200], ['GET', '/revisions/2', undefined, {}, 200], ['GET', '/revisions/9', undefined, {}, 404],
  ['PUT', '', { text: 'C' }, {}, 428], ['PUT', '', { text: 'C' }, tag(1), 409], ['PUT', '', { text: 'C' }, { 'if-none-match': '*' }, 409],
  ['PATCH', '', { text: 'C' }, {}, 428], ['PATCH', '', { text: 'C' }, tag(1), 409], ['DELETE', '', undefined, {}, 428], ['DELETE', '', undefined, tag(1), 409],
  ['PATCH', '', { text: 'C' }, { ...tag(1), prefer: 'conflict=merge' }, 409], ['POST', '/revisions/1/restore', undefined, tag(1), 409], ['POST', '/revisions/1/restore', undefined, {}, 428],
  ['POST', '/close', undefined, tag(1), 409], ['PUT', '', { text: 'C', state: 'closed' }, tag(2), 422],
  ['PUT', '', { text: 'C' }, tag(2), 200], ['PATCH', '', { text: 'D' }, { 'if-match': '*' }, 200], ['POST', '/revisions/1/restore', undefined, tag(4), 200],
  ['POST', '/close', undefined, {}, 200], ['POST', '/close', undefined, {}, 409], ['DELETE', '', undefined, tag(6), 204]
] as const

t.test('an owner may do everything; nobody else anything, whatever the precondition: 403, and nothing is written', async (t) => {
  const app = await start(t)
  const { at, current } = await made(app, '/api/tasks', 'ada')
  t.match(current, { version: 2, owner: 'ada' })
  for (const [method, path, body, headers] of requests) {
    const reply = await send(app, method, `${at}${path}`, body, { ...headers, ...as('ben') })
    const creates = method === 'GET' && path === '/revisions/9'
    t.equal(reply.statusCode, creates ? 404 : 403, `${method} ${path} ${JSON.stringify(headers)}`)
    if (!creates && method !== 'HEAD') t.strictSame(reply.json(), forbidden(`${at}${path}`))
    t.notMatch(reply.headers, { etag: /./ }, 'no tag is told')
    t.equal((await send(app, method, `${at}${path}`, body, headers)).statusCode, 401)
  }
  t.strictSame((await send(app, 'GET', at, undefined, as('ada'))).json(), current, 'nothing was written')
  for (const [method, path, body, headers, status] of requests) {
    t.equal((await send(app, method, `${at}${path}`, body, { ...headers, ...as('ada') })).statusCode, status, `${method} ${path} ${JSON.stringify(headers)}`)
  }
})

t.test('where existence is secret, each answers as if nothing had ever been there', async (t) => {
  const app = await start(t)
  const url = '/api/secrets'
  const never = `${url}/${neverThere}`
  const { at, gone, current } = await made(app, url, 'ada')
  for (const id of [at, gone]) {
    for (const [method, path, body, headers] of requests) {
      const ask = async (document: string) => send(app, method, `${document}${path}`, body, { ...headers, ...as('ben') })
      const what = `${method} ${path} ${JSON.stringify(headers)}`
      if (method === 'PUT' && 'if-none-match' in headers) {
        if (id === at) t.strictSame((await ask(id)).json(), problem('already-exists', 'Conflict', 409, 'The resource exists already', id, { retryable: false }), 'who may choose an id learns that it is taken, and nothing else')
        continue
      }
      const [reply, missing] = [await ask(id), await ask(never)]
      t.ok(missing.statusCode === 404 || missing.statusCode === 428 || missing.statusCode === 422, what)
      t.equal(reply.statusCode, missing.statusCode, what)
      t.equal(reply.body, missing.body.replaceAll(never, id), what)
      const asAny = { date: '', 'content-length': '', 'x-request-id': '' }
      t.strictSame({ ...reply.headers, ...asAny }, { ...missing.headers, ...asAny }, what)
    }
  }
  t.strictSame((await send(app, 'GET', at, undefined, as('ada'))).json(), current, 'nothing was written')
  t.equal((await send(app, 'GET', gone, undefined, as('ada'))).statusCode, 410, 'the owner is told what became of it')
  t.match((await send(app, 'PATCH', gone, { text: 'C' }, { ...tag(1), ...as('ada') })).json(), { status: 409, deleted: true, changes: [{ by: 'ada', from: { text: 'A', owner: 'ada' } }] })
  t.strictSame((await send(app, 'PUT', at, { text: 'C' }, as('ben'))).json(), createRequired(at))
  t.strictSame((await send(app, 'GET', at, undefined, as('ben'))).json(), notFound(at))
})

t.test('403 comes after what is wrong with the request, after 404 and 410, and before everything else', async (t) => {
  const app = await start(t)
  const { at, gone } = await made(app, '/api/tasks', 'ada')
  for (const [what, method, url, body, headers, status] of [
    ['400 (id)', 'GET', '/api/tasks/x', undefined, {}, 400], ['400 (header)', 'PATCH', at, { text: 'C' }, { 'if-match': '"' }, 400], ['406', 'GET', at, undefined, { accept: 'text/html' }, 406],
    ['415', 'PATCH', at, 'x', { 'content-type': 'text/plain' }, 415], ['422 (the body alone)', 'PATCH', at, { text: '' }, {}, 422], ['404', 'PATCH', `/api/tasks/${neverThere}`, { text: 'C' }, {}, 404],
    ['410', 'GET', gone, undefined, {}, 410], ['409 of a deleted one', 'DELETE', gone, undefined, tag(1), 409], ['403 before 428', 'PATCH', at, { text: 'C' }, {}, 403],
    ['403 before 409', 'PATCH', at, { text: 'C' }, tag(1), 403], ['403 before 422 (the stored document)', 'PUT', at, { text: 'C', state: 'closed' }, tag(2), 403],
    ['403 before a failed test', 'PATCH', at, [{ op: 'test', path: '/text', value: 'x' }], { ...tag(2), 'content-type': 'application/json-patch+json' }, 403],
    ['403 before 304', 'GET', at, undefined, { 'if-none-match': '"2"' }, 403]
  ] as const) t.equal((await send(app, method, url, body, { ...headers, ...as('ben') })).statusCode, status, what)
  t.strictSame((await send(app, 'PATCH', at, { text: 'C' }, as('ada'))).json(), ifMatchRequired({ version: 2 }, at))
})

t.test('the owner is set by the service: a client can neither set nor change it', async (t) => {
  const app = await start(t)
  const url = '/api/tasks'
  const task = await (async () => (await send(app, 'POST', url, { text: 'A', owner: 'ada' }, as('ada'))).json<Document>())()
  const at = `${url}/${task.id}`
  t.match(task, { version: 1, owner: 'ada' }, 'what the service would set may be sent')
  const set = (of: string) => ({ ...invalid(of, ['/owner', 'is set by the service']), errors: [{ pointer: '/owner', message: 'is set by the service: it is who created the document' }] })
  t.strictSame((await send(app, 'POST', url, { text: 'A', owner: 'ben' }, as('ada'))).json(), set(url))
  t.strictSame((await send(app, 'PUT', `${url}/${neverThere}`, { text: 'A', owner: 'ben' }, { 'if-none-match': '*', ...as('ada') })).json(), set(`${url}/${neverThere}`))
  for (const [method, body, headers] of [
    ['PUT', { text: 'B', owner: 'ben' }, {}], ['PATCH', { owner: 'ben' }, {}],
    ['PATCH', [{ op: 'replace', path: '/owner', value: 'ben' }], { 'content-type': 'application/json-patch+json' }]
  ] as const) t.strictSame((await send(app, method, at, body, { ...tag(1), ...headers, ...as('ada') })).json(), set(at))
  t.match((await send(app, 'PUT', at, { ...task, text: 'B' }, { ...tag(1), ...as('ada') })).json(), { version: 2, owner: 'ada', text: 'B' }, 'what a GET gave can be sent back')
  t.match((await send(app, 'PUT', at, { text: 'C' }, { ...tag(2), ...as('ada') })).json(), { version: 3, owner: 'ada' })
  t.strictSame((await send(app, 'PATCH', at, { owner: null }, { ...tag(3), ...as('ada') })).json(), set(at), 'it cannot be taken away')
  t.strictSame((await send(app, 'PATCH', at, [{ op: 'remove', path: '/owner' }], { ...tag(3), 'content-type': 'application/json-patch+json', ...as('ada') })).json(), set(at))
  t.match((await send(app, 'PATCH', at, { owner: 7 }, { ...tag(3), ...as('ada') })).json(), { status: 422 })
})

t.test('without sign-in there are no owners', async (t) => {
  await t.rejects(buildTestApp(t, { resources: [tasks] }), { message: 'resource "tasks": owner is who has signed in, but there is no sign-in: set AUTH_JWT_SECRET or AUTH_JWKS_URL, or give authenticate' })
  const { app } = await buildTestApp(t)
  t.equal((await create(app, '/api/articles', { title: 'A' })).version, 1)
})
