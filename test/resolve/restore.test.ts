import { Type } from '@sinclair/typebox'
import t from 'tap'
import { defineResource } from '../../src/resources/resource.js'
import { buildTestApp, storeModes } from '../app.js'
import { badRequest, create, gone, ifMatchRequired, neverThere, notFound, send, urlOf, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { change, conflict, documentOf, patch } from './edits.js'

for (const storeMode of storeModes) {
  t.test(`restoring an old version (${storeMode})`, async (t) => {
    const { app } = await buildTestApp(t, { storeMode })
    const restore = (url: string, version: number | string, headers: Record<string, string> = {}) => send(app, 'POST', `${url}/revisions/${version}/restore`, undefined, headers)
    /** A published article at version 4, and its versions. */
    const published = async () => {
      const v1 = await create(app, '/api/articles', { title: 'A', body: 'text', tags: ['x'] })
      const v2 = await patch(app, v1, { title: 'B' })
      const v3 = await patch(app, v2, { body: 'other', tags: [] })
      const v4 = documentOf(await send(app, 'POST', `${urlOf(v1)}/publish`))
      return { url: urlOf(v1), v1, v2, v3, v4 }
    }

    t.test('makes it the newest; id, state and createdAt stay', async (t) => {
      const { url, v1, v4 } = await published()
      const reply = await restore(url, 1, { 'if-match': '"4"' })
      t.equal(reply.statusCode, 200)
      const { updatedAt } = reply.json<Document>()
      t.strictSame(reply.json(), { ...v1, status: 'published', version: 5, updatedAt })
      t.match(reply.headers, { etag: '"5"', 'content-location': url, 'last-modified': new Date(updatedAt).toUTCString() })
      t.notOk('location' in reply.headers)
      t.strictSame((await send(app, 'GET', url)).json(), reply.json())
      t.strictSame((await send(app, 'GET', `${url}/revisions/4`)).json(), v4, 'and what it took the place of is kept')
      t.strictSame((await restore(url, 1, { 'if-match': '"5"' })).json(), reply.json(), 'what is the newest already keeps its version')
      t.strictSame((await restore(url, 5, { 'if-match': '*' })).json(), reply.json())
      t.match((await restore(url, 4, { 'if-match': '*' })).json(), { version: 6, title: 'B' })
      const minimal = await restore(url, 2, { 'if-match': '"6"', prefer: 'return=minimal' })
      t.equal(minimal.statusCode, 204)
      t.equal(minimal.headers.etag, '"7"')
    })

    t.test('needs If-Match, like any change', async (t) => {
      const { url, v3, v4 } = await published()
      const at = `${url}/revisions/1/restore`
      const without = await restore(url, 1)
      t.equal(without.statusCode, 428)
      t.strictSame(without.json(), ifMatchRequired(v4, at))
      const stale = await restore(url, 1, { 'if-match': '"3"' })
      t.equal(stale.statusCode, 409)
      t.strictSame(stale.json(), conflict(v4, 3, { changes: [change('/status', { from: 'draft', to: 'published' }, v4)], conflicts: [], mergeable: true }, at))
      t.equal((await restore(url, 1, { 'if-match': 'W/"4"' })).statusCode, 409)
      t.equal((await restore(url, 1, { 'if-match': '?' })).statusCode, 400)
      t.equal((await send(app, 'GET', url)).headers.etag, '"4"')
      t.equal(v3.version, 3)
    })

    t.test('what is not there', async (t) => {
      const { url } = await published()
      const missing = await restore(url, 9, { 'if-match': '"4"' })
      t.equal(missing.statusCode, 404)
      t.strictSame(missing.json(), problem('not-found', 'Not Found', 404, 'Version 9 is not there, or no longer kept', `${url}/revisions/9/restore`))
      t.equal((await restore(url, 9)).statusCode, 404, '404 comes before 428')
      t.strictSame((await restore(url, 'x', { 'if-match': '"4"' })).json(), badRequest('The version in the URL must be an integer from 1', `${url}/revisions/x/restore`))
      const never = `/api/articles/${neverThere}`
      t.strictSame((await restore(never, 1, { 'if-match': '"1"' })).json(), notFound(`${never}/revisions/1/restore`))
    })

    t.test('a deleted document comes back by the version of its delete', async (t) => {
      const { url, v1, v3, v4 } = await published()
      t.equal((await send(app, 'DELETE', url, undefined, { 'if-match': '"4"' })).statusCode, 204)
      const { deletedAt } = (await send(app, 'GET', url)).json<{ deletedAt: string }>()
      const at = `${url}/revisions/1/restore`
      const content = { title: 'B', body: 'other', tags: [], status: 'published' }
      t.strictSame((await restore(url, 1)).json(), gone({ url: at, deletedAt }, 5))
      t.strictSame((await restore(url, 1, { 'if-match': '*' })).json(), gone({ url: at, deletedAt }, 5))
      const stale = (yourVersion: number, members: object, detail = 'The resource has been deleted by another user') => problem('version-conflict', 'Conflict', 409, detail, at, { retryable: false, currentVersion: 5, yourVersion, deleted: true, deletedAt, ...members })
      t.strictSame((await restore(url, 1, { 'if-match': '"4"' })).json(), stale(4, {
        changes: [{ pointer: '', from: content, version: 5, at: deletedAt }], conflicts: [{ pointer: '', base: content, yours: { ...content, title: 'A', body: 'text', tags: ['x'] } }], mergeable: false
      }))
      t.match((await restore(url, 1, { 'if-match': 'W/"5"' })).json(), { status: 409, deleted: true, currentVersion: 5 }, 'a weak tag never matches')
      t.strictSame((await restore(url, 5, { 'if-match': '"5"' })).json(), problem('gone', 'Gone', 410, 'Version 5 is a delete', `${url}/revisions/5/restore`, { version: 5, deletedAt }))

      const reply = await restore(url, 1, { 'if-match': '"9", "5"' })
      t.equal(reply.statusCode, 200)
      t.strictSame(reply.json(), { ...v1, status: 'published', version: 6, updatedAt: reply.json<Document>().updatedAt })
      t.match(reply.headers, { etag: '"6"', 'content-location': url })
      t.notOk('location' in reply.headers)
      t.strictSame((await send(app, 'GET', url)).json(), reply.json())
      t.match((await restore(url, 1, { 'if-match': '"5"' })).json(), { status: 409, currentVersion: 6, yourVersion: 5 }, 'once only')
      t.strictSame((await send(app, 'GET', `${url}/revisions?limit=2`)).json<{ items: object[] }>().items, [{ version: 6, at: reply.json<Document>().updatedAt, kind: 'created' }, { version: 5, at: deletedAt, kind: 'deleted' }])
      t.equal(v3.createdAt, v4.createdAt)
    })
  })
}

const loose = { name: 'parts', noun: 'part', unique: [{ fields: ['code'] }] }
const parts = defineResource({ ...loose, schema: Type.Object({ code: Type.String({ maxLength: 64 }), size: Type.Optional(Type.Integer()) }) })
const partsNow = defineResource({ ...loose, schema: Type.Object({ code: Type.String({ maxLength: 4 }), size: Type.Optional(Type.Integer()) }) })

t.test('to a version whose unique value is taken by now: the 409 of a duplicate', async (t) => {
  const { app } = await buildTestApp(t, { resources: [parts] })
  const part = await create(app, '/api/parts', { code: 'a' })
  const url = urlOf(part, '/api/parts')
  await patch(app, part, { code: 'b' }, '/api/parts')
  const other = await create(app, '/api/parts', { code: 'a' })
  const at = `${url}/revisions/1/restore`
  const duplicate = problem('duplicate', 'Conflict', 409, 'A part with this code already exists', at, { field: 'code', fields: ['code'], existing: { href: urlOf(other, '/api/parts') }, currentVersion: 1 })
  const taken = await send(app, 'POST', at, undefined, { 'if-match': '"2"' })
  t.equal(taken.statusCode, 409)
  t.strictSame(taken.json(), duplicate)
  t.notOk('etag' in taken.headers)
  await send(app, 'DELETE', url, undefined, { 'if-match': '"2"' })
  t.strictSame((await send(app, 'POST', at, undefined, { 'if-match': '"3"' })).json(), duplicate, 'also where it was deleted')
  await send(app, 'DELETE', urlOf(other, '/api/parts'), undefined, { 'if-match': '"1"' })
  t.strictSame((await send(app, 'POST', at, undefined, { 'if-match': '"3"' })).statusCode, 200)
})

t.test('to a version that the schema no longer allows: 422', async (t) => {
  const { app: before, db } = await buildTestApp(t, { resources: [parts] })
  const part = await create(before, '/api/parts', { code: 'too long by now', size: 1 })
  const url = urlOf(part, '/api/parts')
  await patch(before, part, { code: 'ok' }, '/api/parts')
  const { app } = await buildTestApp(t, { resources: [partsNow], database: db.databaseName })
  const at = `${url}/revisions/1/restore`
  const refused = problem('invalid', 'Unprocessable Content', 422, '/code must have at most 4 characters', at, { errors: [{ pointer: '/code', message: 'must have at most 4 characters' }] })
  const reply = await send(app, 'POST', at, undefined, { 'if-match': '"2"' })
  t.equal(reply.statusCode, 422)
  t.strictSame(reply.json(), refused)
  t.match((await send(app, 'POST', at, undefined, { 'if-match': '"1"' })).json(), { status: 409, type: '/problems/version-conflict', currentVersion: 2 }, 'judged after the version')
  await send(app, 'DELETE', url, undefined, { 'if-match': '"2"' })
  t.strictSame((await send(app, 'POST', at, undefined, { 'if-match': '"3"' })).json(), refused, 'also where it was deleted')
  t.match((await send(app, 'POST', `${url}/revisions/2/restore`, undefined, { 'if-match': '"3"' })).json(), { version: 4, code: 'ok', size: 1 })
})
