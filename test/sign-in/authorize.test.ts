import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import type { Principal } from '../../src/sign-in/principal.js'
import { defineResource, type ResourceDeclaration } from '../../src/resources/resource.js'
import { buildTestApp, type TestApp } from '../app.js'
import { neverThere, send, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { papers } from './papers.js'
import { as, secret } from './tokens.js'

type App = TestApp['app']
const url = '/api/papers'
const tag = (version: number) => ({ 'if-match': `"${version}"` })
const signIn = { tokens: { secret } }
const schema = Type.Object({ text: Type.String() })
const define = (declaration: Partial<ResourceDeclaration<typeof schema>>) => defineResource({ name: 'things', noun: 'thing', schema, ...declaration })

t.test('an author, an editor and a reader', async (t) => {
  const { app } = await buildTestApp(t, { resources: [papers], signIn })
  const made = (await send(app, 'POST', url, { title: 'A', editors: ['ben'] }, as('ada'))).json<Document>()
  const at = `${url}/${made.id}`
  t.match(made, { author: 'ada', status: 'draft' })
  const status = async (sub: string, method: 'GET' | 'PATCH' | 'POST' | 'DELETE', path = '', body?: object, version = 1) => (await send(app, method, `${at}${path}`, body, { ...(method !== 'GET' && tag(version)), ...as(sub) })).statusCode

  t.strictSame([await status('ben', 'GET'), await status('cem', 'GET')], [200, 403])
  t.strictSame([await status('ben', 'PATCH', '', { title: 'B' }), await status('cem', 'PATCH', '', { title: 'C' }, 2)], [200, 403])
  t.strictSame([await status('ben', 'POST', '/publish', undefined, 2), await status('ben', 'DELETE', '', undefined, 2)], [403, 403])
  t.equal(await status('ada', 'POST', '/publish', undefined, 2), 200)
  t.strictSame([await status('cem', 'GET'), await status('cem', 'PATCH', '', { title: 'C' }, 3), await status('cem', 'DELETE', '', undefined, 3)], [200, 403, 403])

  t.equal(await status('cem', 'GET', '/revisions/3'), 200)
  t.equal(await status('cem', 'GET', '/revisions/2'), 403, 'an earlier version is judged by its own content')
  t.match((await send(app, 'GET', `${at}/revisions`, undefined, as('cem'))).json(), { items: [{ version: 3 }] })
  t.equal((await send(app, 'GET', `${at}/revisions`, undefined, as('ben'))).json<{ items: unknown[] }>().items.length, 3)

  t.equal(await status('ada', 'DELETE', '', undefined, 3), 204)
  t.strictSame([await status('cem', 'GET', '/revisions/3'), await status('cem', 'POST', '/revisions/3/restore', undefined, 4)], [200, 403], 'who may read a deleted one may not bring it back')
  t.equal(await status('ben', 'POST', '/revisions/3/restore', undefined, 4), 200)

  t.equal(await status('ben', 'PATCH', '', { editors: [], title: 'bye' }, 5), 200)
  t.match((await send(app, 'PATCH', at, { title: 'X' }, { ...tag(3), ...as('ben') })).json(), problem('forbidden', 'Forbidden', 403, 'You may not do this to this resource', at))
})

t.test('what a write has made that its writer may not read is not shown', async (t) => {
  const readable = define({ authorize: (_request, action, { text }) => action !== 'read' || !text.startsWith('hidden') })
  const { app } = await buildTestApp(t, { resources: [readable], signIn })
  const created = await send(app, 'POST', '/api/things', { text: 'hidden 1' }, as('ada'))
  t.strictSame([created.statusCode, created.body, created.headers.etag], [201, '', '"1"'])
  const at = String(created.headers.location)
  const edit = async (text: string, version: number, prefer = 'return=representation') => send(app, 'PATCH', at, { text }, { ...tag(version), prefer, ...as('ada') })
  t.strictSame((await edit('x', 7)).json(), problem('version-conflict', 'Conflict', 409, 'The resource has been modified by another user', at, { retryable: false, currentVersion: 1, yourVersion: 7 }), 'a 409 has neither the document nor what changed')
  t.match((await send(app, 'PUT', at, { text: 'x', version: 7 }, { ...tag(7), ...as('ada') })).json(), { status: 409, yourVersion: 7, retryable: false })
  t.equal((await edit('open', 1)).statusCode, 200)
  const stale = (await edit('y', 1)).json<Record<string, unknown>>()
  t.match(stale, { current: { text: 'open' }, historyTruncated: true })
  t.notMatch(JSON.stringify(stale), 'hidden')
  t.match((await edit('open', 1, 'conflict=merge')).json(), { status: 409, historyTruncated: true }, 'what one may not read is merged with nothing')
  const hidden = await edit('hidden 2', 2)
  t.strictSame([hidden.statusCode, hidden.body, hidden.headers.etag], [204, '', '"3"'])
})

t.test('who may read a document that is secret to others gets 403 for what they may not do with it', async (t) => {
  const shared = define({ existence: 'secret', authorize: ({ principal }, action) => principal?.sub === 'ada' || (principal?.sub === 'ben' && action === 'read') })
  const { app } = await buildTestApp(t, { resources: [shared], signIn })
  const { id } = (await send(app, 'POST', '/api/things', { text: 'A' }, as('ada'))).json<Document>()
  for (const [sub, read, changed] of [['ada', 200, 200], ['ben', 200, 403], ['cem', 404, 404]] as const) {
    t.equal((await send(app, 'GET', `/api/things/${id}`, undefined, as(sub))).statusCode, read, sub)
    t.equal((await send(app, 'PATCH', `/api/things/${id}`, { text: 'A' }, { 'if-match': '*', ...as(sub) })).statusCode, changed, sub)
  }
  await send(app, 'DELETE', `/api/things/${id}`, undefined, { ...tag(1), ...as('ada') })
  for (const [sub, status] of [['cem', 404], ['ben', 403], ['ada', 200]] as const) t.equal((await send(app, 'POST', `/api/things/${id}/revisions/1/restore`, undefined, { ...tag(2), ...as(sub) })).statusCode, status, sub)
})

t.test('creating may be forbidden', async (t) => {
  const { app } = await buildTestApp(t, { resources: [define({ authorize: ({ principal }, action, { text, id }) => action !== 'create' || (id === undefined && principal?.sub === text) })], signIn })
  t.equal((await send(app, 'POST', '/api/things', { text: 'ada' }, as('ada'))).statusCode, 201)
  for (const [method, at, headers] of [['POST', '/api/things', {}], ['PUT', `/api/things/${neverThere}`, { 'if-none-match': '*' }]] as const) {
    t.strictSame((await send(app, method, at, { text: 'ada' }, { ...headers, ...as('ben') })).json(), problem('forbidden', 'Forbidden', 403, 'You may not do this to this resource', at))
  }
})

t.test('an answer that is no boolean lets nobody in', async (t) => {
  // @ts-expect-error a promise is no answer
  const { app } = await buildTestApp(t, { resources: [define({ authorize: () => Promise.resolve(false) })], signIn })
  t.equal((await send(app, 'POST', '/api/things', { text: 'A' }, as('ada'))).statusCode, 500)
  t.strictSame((await send(app, 'GET', '/api/things', undefined, as('ada'))).json(), { items: [] })
})

const pagesOf = async (app: App, at: string, sub: string): Promise<{ pages: string[][], cursors: string[] }> => {
  const pages: string[][] = []
  const cursors: string[] = []
  for (let cursor = ''; ;) {
    const { items, next } = (await send(app, 'GET', `${at}${cursor}`, undefined, as(sub))).json<{ items: Document[], next?: string }>()
    pages.push(items.map(({ text }) => String(text)))
    if (next === undefined) return { pages, cursors }
    cursors.push(next)
    cursor = `&cursor=${next}`
  }
}

t.test('a list has what its reader may see, in whole pages, and its cursors tell nothing of the rest', async (t: Test) => {
  const list = { sorts: ['text'] }
  const bounded = Type.Object({ text: Type.String({ maxLength: 100 }) })
  const lines = defineResource({ name: 'things', noun: 'thing', schema: bounded, list, authorize: ({ principal }, action, { text }) => action !== 'read' || text.startsWith(principal?.sub ?? '?') })
  const { app } = await buildTestApp(t, { resources: [lines], signIn })
  const texts = [...Array.from({ length: 7 }, (_, i) => `ada ${i}`), ...Array.from({ length: 230 }, (_, i) => `ben ${String(i).padStart(3, '0')}`), 'cem', 'ada 7', 'ada 8']
  await Promise.all(texts.map(async (text) => send(app, 'POST', '/api/things', { text }, as('x'))))
  const ada = texts.filter((text) => text.startsWith('ada'))

  t.strictSame((await pagesOf(app, '/api/things?sort=text&limit=4', 'ada')).pages, [ada.slice(0, 4), ada.slice(4, 8), ada.slice(8)])
  const { pages, cursors } = await pagesOf(app, '/api/things?sort=-text&limit=3', 'ada')
  t.strictSame(pages, [ada.slice(6).reverse(), ada.slice(3, 6).reverse(), ada.slice(0, 3).reverse()])
  for (const cursor of cursors) t.notMatch(Buffer.from(cursor, 'base64url').toString(), /ben|cem/)
  t.strictSame((await pagesOf(app, '/api/things?sort=text&limit=100', 'ben')).pages.map(({ length }) => length), [100, 100, 30])
  t.strictSame((await pagesOf(app, '/api/things?sort=text&limit=9', 'ada')).pages, [ada], 'a page that ends with the last that may be seen is the last')
  t.strictSame((await pagesOf(app, '/api/things?sort=text', 'dan')).pages, [[]])
})

t.test('a list in which too many in a row may not be seen ends there, or is 503', async (t) => {
  const { app, db } = await buildTestApp(t, { resources: [define({ authorize: (_request, _action, { text }) => text !== 'hidden' })], signIn })
  const at = new Date()
  await db.collection('things').insertMany(Array.from({ length: 10_001 }, () => ({ version: 1, createdAt: at, updatedAt: at, writes: [], data: { text: 'hidden' } })))
  t.strictSame((await send(app, 'GET', '/api/things', undefined, as('ada'))).json(), problem('unavailable', 'Service Unavailable', 503, 'Of the next 10000 documents of this list there is none that you may see: narrow it with a filter', '/api/things', { retryable: true }))
  const seen = (await send(app, 'POST', '/api/things', { text: 'seen' }, as('ada'))).json<Document>()
  const page = (await send(app, 'GET', '/api/things', undefined, as('ada'))).json<{ items: Document[], next: string }>()
  t.strictSame(page.items, [seen])
  t.match(Buffer.from(page.next, 'base64url').toString(), seen.id)
})

t.test('owners that a collation takes for the same are different all the same', async (t) => {
  const { app } = await buildTestApp(t, { resources: [define({ ownedBy: 'owner', list: { collation: { locale: 'en', strength: 2 } } })], signIn })
  for (const sub of ['ada', 'Ada']) await send(app, 'POST', '/api/things', { text: sub }, as(sub))
  for (const sub of ['ada', 'Ada', 'ADA']) t.match((await send(app, 'GET', '/api/things', undefined, as(sub))).json(), { items: sub === 'ADA' ? [] : [{ text: sub, owner: sub }] })
})

t.test('a moderator need not be the owner', async (t) => {
  const who: Readonly<Record<string, Principal>> = { ada: { sub: 'ada', claims: {} }, mod: { sub: 'mod', claims: { moderator: true } }, long: { sub: 'x'.repeat(300), claims: {} } }
  const owned = define({ ownedBy: { field: 'owner', unless: ({ principal }) => principal?.claims.moderator === true } })
  const authenticate = async ({ headers }: { headers: Record<string, unknown> }) => Promise.resolve(who[String(headers['x-user'])])
  const { app } = await buildTestApp(t, { resources: [owned], signIn: { authenticate } })
  const made = (await send(app, 'POST', '/api/things', { text: 'A' }, { 'x-user': 'ada' })).json<Document>()
  const at = `/api/things/${made.id}`
  t.match((await send(app, 'PATCH', at, { text: 'B' }, { ...tag(1), 'x-user': 'mod' })).json(), { version: 2, owner: 'ada' })
  t.match((await send(app, 'GET', '/api/things', undefined, { 'x-user': 'mod' })).json(), { items: [{ owner: 'ada' }] })
  t.match((await send(app, 'GET', `${at}/revisions`, undefined, { 'x-user': 'ada' })).json(), { items: [{ by: 'mod' }, { by: 'ada' }] })
  t.match(await send(app, 'GET', at, undefined, { 'x-user': 'nobody' }), { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } })
  t.match((await send(app, 'GET', at, undefined, { 'x-user': 'long' })).json(), { status: 401, message: 'The sub of the sign-in cannot be used: it is longer than 256 characters' })
})

t.test('a declaration that cannot be meant', (t) => {
  const wrong = (declaration: Parameters<typeof define>[0]) => {
    try {
      define(declaration)
      return ''
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
  }
  t.equal(wrong({ ownedBy: 'text' }), 'resource "things": the field text is set by the service: leave it out of the schema')
  for (const ownedBy of ['id', 'a.b', '$owner', '', '__proto__']) t.equal(wrong({ ownedBy }), `resource "things": the field ${JSON.stringify(ownedBy)} cannot hold the owner: name it with letters, digits and _, and as no other field`)
  t.equal(wrong({ existence: 'secret' }), 'resource "things": existence is secret from nobody: it has neither ownedBy nor authorize')
  t.equal(wrong({ ownedBy: 'owner', cacheControl: 'public, max-age=60' }), 'resource "things": cacheControl is "public, max-age=60", but not everybody may read everything')
  t.equal(wrong({ ownedBy: 'owner', unique: [{ fields: ['owner', 'text'] }], cacheControl: false }), '', 'each owner may have values of their own that are unique')
  t.end()
})
