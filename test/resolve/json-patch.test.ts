import { Type } from '@sinclair/typebox'
import t from 'tap'
import { defineResource } from '../../src/resources/resource.js'
import { buildTestApp } from '../app.js'
import { badRequest, create, deletedArticleAt, deletedConflict, gone, ifMatchRequired, invalid, neverThere, notFound, send, urlOf, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { change, conflict, documentOf, jsonPatch } from './edits.js'

t.test('JSON Patch (RFC 6902)', async (t) => {
  const { app } = await buildTestApp(t)
  const article = (content: object = {}) => create(app, '/api/articles', { title: 'A', body: 'text', tags: ['x', 'y'], ...content })
  const version1 = { 'if-match': '"1"' }

  t.test('its operations are applied in order, all or none', async (t) => {
    const stored = await article()
    const url = urlOf(stored)
    const reply = await jsonPatch(app, url, [
      { op: 'test', path: '/title', value: 'A' },
      { op: 'replace', path: '/title', value: 'B' },
      { op: 'test', path: '/title', value: 'B' },
      { op: 'add', path: '/tags/1', value: 'between' },
      { op: 'move', from: '/tags/0', path: '/tags/-' },
      { op: 'copy', from: '/title', path: '/body' },
      { op: 'remove', path: '/tags/0' }
    ], version1)
    t.equal(reply.statusCode, 200)
    t.match(reply.headers, { etag: '"2"', 'content-location': url })
    t.strictSame(reply.json(), { ...stored, title: 'B', body: 'B', tags: ['y', 'x'], version: 2, updatedAt: reply.json<Document>().updatedAt })
    const failed = await jsonPatch(app, url, [{ op: 'replace', path: '/title', value: 'C' }, { op: 'remove', path: '/tags/9' }], { 'if-match': '"2"' })
    t.equal(failed.statusCode, 422)
    t.strictSame((await send(app, 'GET', url)).json(), reply.json())
  })

  t.test('it sees the document as GET shows it', async (t) => {
    const stored = await article()
    const reply = await jsonPatch(app, urlOf(stored), [
      { op: 'test', path: '/id', value: stored.id }, { op: 'test', path: '/version', value: 1 }, { op: 'test', path: '/createdAt', value: stored.createdAt },
      { op: 'test', path: '/updatedAt', value: stored.updatedAt }, { op: 'test', path: '/status', value: 'draft' }, { op: 'test', path: '', value: stored },
      { op: 'copy', from: '/id', path: '/title' }, { op: 'replace', path: '/version', value: 9 }, { op: 'replace', path: '/version', value: 1 }
    ], version1)
    t.equal(reply.statusCode, 200)
    t.match(reply.json(), { version: 2, title: stored.id })
    const whole = await jsonPatch(app, urlOf(stored), [{ op: 'replace', path: '', value: { ...reply.json<object>(), tags: ['z'] } }], { 'if-match': '"2"' })
    t.match(whole.json(), { version: 3, title: stored.id, tags: ['z'] })
  })

  t.test('one that changes nothing keeps the version', async (t) => {
    const stored = await article()
    for (const operations of [[], [{ op: 'test', path: '/title', value: 'A' }], [{ op: 'move', from: '/body', path: '/body' }], [{ op: 'add', path: '/title', value: 'B' }, { op: 'add', path: '/title', value: 'A' }]]) {
      const reply = await jsonPatch(app, urlOf(stored), operations, version1)
      t.equal(reply.statusCode, 200)
      t.strictSame(reply.json(), stored)
    }
  })

  t.test('a test that does not hold: 409 with its pointer', async (t) => {
    const stored = await article()
    const url = urlOf(stored)
    const failed = async (operations: object[], pointer: string, operation: number) => {
      const reply = await jsonPatch(app, url, operations, version1)
      t.equal(reply.statusCode, 409)
      t.match(reply.headers, { etag: '"1"', 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
      t.strictSame(reply.json(), problem('patch-test-failed', 'Conflict', 409, `Operation ${operation} of the JSON Patch: the value at ${JSON.stringify(pointer)} is not the one that it names`, url, { pointer, operation, currentVersion: 1, retryable: false }))
    }
    await failed([{ op: 'test', path: '/title', value: 'B' }], '/title', 0)
    await failed([{ op: 'replace', path: '/title', value: 'B' }, { op: 'test', path: '/title', value: 'A' }], '/title', 1)
    await failed([{ op: 'test', path: '/nothing', value: null }], '/nothing', 0)
    await failed([{ op: 'test', path: '/tags/2', value: 'z' }], '/tags/2', 0)
    await failed([{ op: 'test', path: '/tags', value: ['y', 'x'] }], '/tags', 0)
    await failed([{ op: 'test', path: '/__proto__', value: {} }], '/__proto__', 0)
    await failed([{ op: 'test', path: '/constructor/name', value: 'Object' }], '/constructor/name', 0)
    await failed([{ op: 'test', path: '/title/length', value: 1 }], '/title/length', 0)
    t.strictSame((await send(app, 'GET', url)).json(), stored)
  })

  t.test('a path that is not there: 422 with the operation', async (t) => {
    const stored = await article()
    const url = urlOf(stored)
    const refused = async (operations: object[], pointer: string, operation: number) => {
      const reply = await jsonPatch(app, url, operations, version1)
      const message = `names ${JSON.stringify(pointer)}, which is not there in version 1`
      t.equal(reply.statusCode, 422)
      t.strictSame(reply.json(), problem('invalid', 'Unprocessable Content', 422, `Operation ${operation} of the JSON Patch ${message}`, url, { errors: [{ pointer: `/${operation}`, message }] }))
    }
    await refused([{ op: 'remove', path: '/nothing' }], '/nothing', 0)
    await refused([{ op: 'test', path: '/title', value: 'A' }, { op: 'replace', path: '/nothing', value: 1 }], '/nothing', 1)
    await refused([{ op: 'add', path: '/tags/3', value: 'z' }], '/tags/3', 0)
    await refused([{ op: 'add', path: '/tags/01', value: 'z' }], '/tags/01', 0)
    await refused([{ op: 'add', path: '/nothing/there', value: 'z' }], '/nothing/there', 0)
    await refused([{ op: 'copy', from: '/nothing', path: '/title' }], '/nothing', 0)
    await refused([{ op: 'move', from: '/tags/7', path: '/title' }], '/tags/7', 0)
    await refused([{ op: 'remove', path: '' }], '', 0)
    await refused([{ op: 'remove', path: '/toString' }], '/toString', 0)
    await refused([{ op: 'add', path: '/__proto__/polluted', value: true }], '/__proto__/polluted', 0)
    await refused([{ op: 'add', path: '/constructor/prototype/polluted', value: true }], '/constructor/prototype/polluted', 0)
    t.notOk('polluted' in {})
    t.strictSame((await send(app, 'GET', url)).json(), stored)
  })

  t.test('no JSON Patch at all: 400, whatever the document', async (t) => {
    const stored = await article()
    const url = urlOf(stored)
    const operation = (detail: string) => `Operation 0 of the JSON Patch: ${detail}`
    for (const [body, detail] of [
      [{ op: 'add' }, 'A JSON Patch is an array of operations'],
      ['null', 'A JSON Patch is an array of operations'],
      [[1], operation('An operation is an object')],
      [[{ path: '/title', value: 1 }], operation('The member op must be one of "add", "remove", "replace", "move", "copy", "test"')],
      [[{ op: 'merge', path: '/title' }], operation('The member op must be one of "add", "remove", "replace", "move", "copy", "test"')],
      [[{ op: 'add', path: '/title' }], operation('The operation "add" needs the member value')],
      [[{ op: 'add', path: 'title', value: 1 }], operation('The member path of "add" must be a JSON Pointer')],
      [[{ op: 'remove', path: '/a~2' }], operation('The member path of "remove" must be a JSON Pointer')],
      [[{ op: 'copy', path: '/title' }], operation('The member from of "copy" must be a JSON Pointer')],
      [[{ op: 'move', from: '/tags', path: '/tags/0' }], operation('A value cannot be moved into itself: from is a prefix of path')]
    ] as const) {
      for (const at of [url, `/api/articles/${neverThere}`]) {
        const reply = await jsonPatch(app, at, body as object, version1)
        t.equal(reply.statusCode, 400)
        t.strictSame(reply.json(), badRequest(detail, at))
      }
    }
    t.equal((await send(app, 'PATCH', url, '[{', { ...version1, 'content-type': 'application/json-patch+json' })).statusCode, 400)
  })

  t.test('what the service sets cannot be changed, nor the state: 422 with each pointer', async (t) => {
    const stored = await article()
    const url = urlOf(stored)
    const set = 'is set by the service'
    for (const [operations, ...errors] of [
      [[{ op: 'replace', path: '/version', value: 7 }], ['/version', set]],
      [[{ op: 'remove', path: '/id' }], ['/id', set]],
      [[{ op: 'move', from: '/createdAt', path: '/updatedAt' }], ['/createdAt', set]],
      [[{ op: 'copy', from: '/title', path: '/updatedAt' }], ['/updatedAt', set]],
      [[{ op: 'replace', path: '', value: { title: 'B' } }], ['/id', set], ['/version', set], ['/createdAt', set], ['/updatedAt', set]]
    ] as const) {
      const reply = await jsonPatch(app, url, operations, version1)
      t.equal(reply.statusCode, 422)
      t.strictSame(reply.json(), invalid(url, ...errors))
    }
    const state = await jsonPatch(app, url, [{ op: 'replace', path: '/status', value: 'published' }], version1)
    t.strictSame(state.json(), problem('invalid', 'Unprocessable Content', 422, '/status is "draft" in version 1', url, { errors: [{ pointer: '/status', message: 'is "draft" in version 1; transitions change it: publish, unpublish, archive' }] }))
    t.strictSame((await send(app, 'GET', url)).json(), stored)
  })

  t.test('what it makes is held against the schema: 422', async (t) => {
    const stored = await article()
    const url = urlOf(stored)
    for (const [operation, pointer] of [
      [{ op: 'remove', path: '/title' }, '/title'],
      [{ op: 'replace', path: '/title', value: '' }, '/title'],
      [{ op: 'add', path: '/tags/-', value: 'x' }, '/tags'],
      [{ op: 'add', path: '/unknown', value: 1 }, '/unknown'],
      [{ op: 'add', path: '/__proto__', value: { admin: true } }, '/__proto__'],
      [{ op: 'add', path: '/constructor', value: 1 }, '/constructor'],
      [{ op: 'replace', path: '', value: [] }, ''],
      [{ op: 'replace', path: '', value: null }, '']
    ] as const) {
      const reply = await jsonPatch(app, url, [operation], version1)
      t.equal(reply.statusCode, 422, JSON.stringify(operation))
      t.match(reply.json(), { type: '/problems/invalid', errors: [{ pointer }] })
      t.equal(reply.json<{ errors: object[] }>().errors.length, 1)
    }
    t.match((await jsonPatch(app, url, [{ op: 'add', path: '/body', value: '\ud800' }], version1)).json(), { status: 422, errors: [{ pointer: '/0/value' }] })
    t.strictSame((await send(app, 'GET', url)).json(), stored)
  })

  t.test('a few operations cannot make a document that fills the memory', async (t) => {
    const stored = await article({ body: 'x'.repeat(50_000) })
    const url = urlOf(stored)
    const doubling = [{ op: 'add', path: '/bomb', value: [] }, { op: 'copy', from: '/body', path: '/bomb/-' }, ...Array.from({ length: 40 }, () => ({ op: 'copy', from: '/bomb', path: '/bomb/-' }))]
    const reply = await jsonPatch(app, url, doubling, version1)
    t.equal(reply.statusCode, 422)
    t.match(reply.json(), { type: '/problems/invalid', errors: [{ message: 'makes the document too large' }] })
    const nesting = [{ op: 'add', path: '/nest', value: {} }, ...Array.from({ length: 150 }, () => ({ op: 'move', from: '/nest', path: '/tmp' })).flatMap((move) => [move, { op: 'add', path: '/nest', value: {} }, { op: 'move', from: '/tmp', path: '/nest/in' }])]
    t.match((await jsonPatch(app, url, nesting, version1)).json(), { status: 422, type: '/problems/invalid' })
    t.strictSame((await send(app, 'GET', url)).json(), stored)
  })

  t.test('the version comes first, as with any change', async (t) => {
    const stored = await article()
    const url = urlOf(stored)
    const operations = [{ op: 'test', path: '/title', value: 'Z' }, { op: 'remove', path: '/nothing' }]
    t.strictSame((await jsonPatch(app, url, operations)).json(), ifMatchRequired(stored, url))
    const v2 = documentOf(await jsonPatch(app, url, [{ op: 'replace', path: '/title', value: 'B' }], { 'if-match': '*' }))
    t.strictSame((await jsonPatch(app, url, operations, version1)).json(), conflict(v2, 1, { changes: [change('/title', { from: 'A', to: 'B' }, v2)], conflicts: [], mergeable: false }))
    const missing = `/api/articles/${neverThere}`
    t.strictSame((await jsonPatch(app, missing, operations, version1)).json(), notFound(missing))
    const deleted = await deletedArticleAt(app, 3)
    t.strictSame((await jsonPatch(app, deleted.url, operations, { 'if-match': '*' })).json(), gone(deleted, 3))
    const { changes } = (await jsonPatch(app, deleted.url, operations, { 'if-match': '"2"' })).json<{ changes: object[] }>()
    t.strictSame((await jsonPatch(app, deleted.url, operations, { 'if-match': '"2"' })).json(), { ...deletedConflict(deleted, 3, null), yourVersion: 2, changes, conflicts: [], mergeable: false })
  })

  t.test('another media type: 415 with Accept-Patch', async (t) => {
    const stored = await article()
    const reply = await send(app, 'PATCH', urlOf(stored), [], { ...version1, 'content-type': 'application/xml' })
    t.equal(reply.statusCode, 415)
    t.equal(reply.headers['accept-patch'], 'application/merge-patch+json, application/json, application/json-patch+json')
  })
})

const counters = defineResource({ name: 'counters', noun: 'counter', patchTests: 'suffice', schema: Type.Object({ count: Type.Integer({ default: 0 }), note: Type.String({ default: '' }) }) })

t.test("patchTests: 'suffice': what a test rests on is guarded by it", async (t) => {
  const { app } = await buildTestApp(t, { resources: [counters] })
  const counter = await create(app, '/api/counters', {})
  const url = urlOf(counter, '/api/counters')
  const add = (from: number) => [{ op: 'test', path: '/count', value: from }, { op: 'replace', path: '/count', value: from + 1 }]

  const v2 = documentOf(await jsonPatch(app, url, add(0)))
  t.match(v2, { version: 2, count: 1 })
  t.strictSame((await jsonPatch(app, url, add(0))).json(), problem('patch-test-failed', 'Conflict', 409, 'Operation 0 of the JSON Patch: the value at "/count" is not the one that it names', url, { pointer: '/count', operation: 0, currentVersion: 2, retryable: false }))
  t.strictSame((await jsonPatch(app, url, [{ op: 'replace', path: '/count', value: 9 }])).json(), ifMatchRequired(v2, url), 'one without a test still needs If-Match')
  t.strictSame((await send(app, 'PATCH', url, { count: 9 })).json(), ifMatchRequired(v2, url), 'and so does a merge patch')
  t.strictSame((await jsonPatch(app, url, add(1), { 'if-match': '"1"' })).json(), conflict(v2, 1, { changes: [change('/count', { from: 0, to: 1 }, v2)], conflicts: [], mergeable: false }, url), 'an If-Match that is sent is honoured')
  t.strictSame((await jsonPatch(app, url, add(1), { 'if-none-match': '*' })).statusCode, 409)

  const race = await Promise.all(Array.from({ length: 30 }, () => jsonPatch(app, url, add(1))))
  t.strictSame(race.map(({ statusCode }) => statusCode).sort(), [200, ...Array.from({ length: 29 }, () => 409)], 'of many with the same test one is done')
  const others = await Promise.all(Array.from({ length: 10 }, (_, i) => jsonPatch(app, url, [{ op: 'test', path: '/count', value: 2 }, { op: 'replace', path: '/note', value: String(i) }])))
  t.strictSame(others.map(({ statusCode }) => statusCode), others.map(() => 200), 'what others change elsewhere does not matter')
  t.match((await send(app, 'GET', url)).json(), { version: 13, count: 2 })

  await send(app, 'DELETE', url, undefined, { 'if-match': '*' })
  const { deletedAt } = (await send(app, 'GET', url)).json<{ deletedAt: string }>()
  t.strictSame((await jsonPatch(app, url, add(2))).json(), gone({ url, deletedAt }, 14))
  const missing = `/api/counters/${neverThere}`
  t.strictSame((await jsonPatch(app, missing, add(2))).json(), notFound(missing))
})
