import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { defineResource, type ResourceDeclaration } from '../../src/resources/resource.js'
import { buildTestApp } from '../app.js'
import { create, ifMatchRequired, send, urlOf, versionConflict, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'

const url = '/api/notes'

const withOptions = async (t: Test, options: Partial<ResourceDeclaration>) => {
  const notes = defineResource({ name: 'notes', noun: 'note', schema: Type.Object({ text: Type.String(), key: Type.Optional(Type.String()) }), unique: [{ fields: ['key'] }], ...options })
  const { app } = await buildTestApp(t, { resources: [notes], historyLimit: 0 })
  const note = await create(app, url, { text: 'A', key: 'k' })
  return { app, note, at: urlOf(note, url) }
}

const edited = async (app: Awaited<ReturnType<typeof withOptions>>['app'], at: string) =>
  (await send(app, 'PATCH', at, { text: 'B' }, { 'if-match': '"1"' })).json<Document>()

t.test('mismatchStatus: 412', async (t) => {
  const { app, at } = await withOptions(t, { mismatchStatus: 412 })
  const current = await edited(app, at)
  for (const [method, body] of [['PUT', { text: 'C' }], ['PATCH', { text: 'C' }], ['DELETE', undefined]] as const) {
    const reply = await send(app, method, at, body, { 'if-match': '"1"' })
    t.equal(reply.statusCode, 412)
    t.strictSame(reply.json(), { ...versionConflict(current, 1, { url: at }), status: 412, error: 'Precondition Failed' })
    t.match(reply.headers, { etag: '"2"', 'content-type': 'application/problem+json' })
  }
  t.equal((await send(app, 'PUT', at, { text: 'C' }, { 'if-none-match': '*' })).statusCode, 409, 'no version was compared')
  t.equal((await send(app, 'POST', url, { text: 'C', key: 'k' })).statusCode, 409)
})

t.test('ifMatch: optional', async (t) => {
  const { app, at } = await withOptions(t, { ifMatch: 'optional' })
  t.match((await send(app, 'PATCH', at, { text: 'B' })).json(), { version: 2, text: 'B' })
  const current = (await send(app, 'PUT', at, { text: 'C' })).json<Document>()
  t.match(current, { version: 3, text: 'C' })
  t.strictSame((await send(app, 'PATCH', at, { text: 'D' }, { 'if-match': '"2"' })).json(), versionConflict(current, 2, { url: at }), 'honoured when sent')
  const narrowed = await send(app, 'PUT', at, { text: 'D', version: 2 })
  t.equal(narrowed.statusCode, 409)
  t.strictSame(narrowed.json(), versionConflict(current, 2, { url: at }), 'the version in a PUT is compared')
  t.match((await send(app, 'PUT', at, { text: 'D', version: 3 })).json(), { version: 4 })
  t.equal((await send(app, 'PUT', at, { text: 'E' }, { 'if-unmodified-since': 'Thu, 01 Jan 2015 00:00:00 GMT' })).statusCode, 409)
  t.equal((await send(app, 'PUT', `${url}/${'a'.repeat(24)}`, { text: 'E' })).statusCode, 428, 'a PUT creates only when it says so')
  t.equal((await send(app, 'DELETE', at)).statusCode, 204)
  t.equal((await send(app, 'DELETE', at)).statusCode, 410)
})

t.test('weakIfMatch: compare', async (t) => {
  const { app, at } = await withOptions(t, { weakIfMatch: 'compare' })
  t.match((await send(app, 'PATCH', at, { text: 'B' }, { 'if-match': 'W/"1"' })).json(), { version: 2 })
  const stale = await send(app, 'PATCH', at, { text: 'C' }, { 'if-match': 'W/"1"' })
  t.equal(stale.statusCode, 409)
  t.match(stale.json(), { detail: 'The resource has been modified by another user', currentVersion: 2, yourVersion: 1 })
  t.match((await send(app, 'PUT', at, { text: 'C', version: 2 }, { 'if-match': 'W/"2"' })).json(), { version: 3 })
})

t.test('showCurrent: false', async (t) => {
  const { app, at } = await withOptions(t, { showCurrent: false })
  await edited(app, at)
  const stale = await send(app, 'PATCH', at, { text: 'C' }, { 'if-match': '"1"' })
  t.strictSame(stale.json(), problem('version-conflict', 'Conflict', 409, 'The resource has been modified by another user', at, { retryable: false, currentVersion: 2, yourVersion: 1, historyTruncated: true }))
  t.equal(stale.headers.etag, '"2"')
})

t.test('revealExisting: false', async (t) => {
  const { app } = await withOptions(t, { revealExisting: false })
  const reply = await send(app, 'POST', url, { text: 'C', key: 'k' })
  t.equal(reply.statusCode, 409)
  t.strictSame(reply.json(), problem('duplicate', 'Conflict', 409, 'A note with this key already exists', url, { field: 'key', fields: ['key'] }))
})

t.test('cacheControl', async (t) => {
  for (const [cacheControl, expected] of [['public, max-age=60', 'public, max-age=60'], [false, undefined]] as const) {
    const { app, at } = await withOptions(t, { cacheControl })
    for (const path of [at, url]) {
      const { headers } = await send(app, 'GET', path)
      t.equal(headers['cache-control'], expected)
      const unchanged = await send(app, 'GET', path, undefined, { 'if-none-match': String(headers.etag) })
      t.match({ statusCode: unchanged.statusCode }, { statusCode: 304 })
      t.equal(unchanged.headers['cache-control'], expected)
    }
    t.equal((await send(app, 'GET', `${at}x`)).headers['cache-control'], 'no-store')
  }
})

t.test('without any: 428 is the rule', async (t) => {
  const { app, note, at } = await withOptions(t, {})
  t.strictSame((await send(app, 'DELETE', at)).json(), ifMatchRequired(note, at))
})

t.test('a declaration that is wrong stops the start, and says why', (t) => {
  const declared = { name: 'notes', noun: 'note', schema: Type.Object({ text: Type.String() }) }
  const states = { field: 'state', initial: 'a', transitions: { go: { from: ['a'], to: 'b' } } }
  for (const [declaration, message] of [
    [{ ...declared, name: 'My Notes' }, 'resource "My Notes": its name must be lower case letters, digits and hyphens'],
    [{ ...declared, noun: '' }, 'resource "notes": its noun is empty'],
    [{ ...declared, schema: Type.Object({ version: Type.Integer() }) }, 'resource "notes": the field version is set by the service: leave it out of the schema'],
    [{ ...declared, schema: Type.Object({ state: Type.String() }), states }, 'resource "notes": the field state is set by the service: leave it out of the schema'],
    [{ ...declared, unique: [{ fields: ['other'] }] }, 'resource "notes": the unique field other is not in the schema'],
    [{ ...declared, states: { ...states, transitions: { 'Go!': { from: ['a'], to: 'b' } } } }, 'resource "notes": the transition Go! must be named with lower case letters, digits and hyphens']
  ] as const) t.throws(() => defineResource(declaration as ResourceDeclaration), { message })
  t.end()
})
