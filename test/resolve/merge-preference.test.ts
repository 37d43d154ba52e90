import { Type } from '@sinclair/typebox'
import t from 'tap'
import { defineResource } from '../../src/resources/resource.js'
import { buildTestApp, storeModes } from '../app.js'
import { create, deletedConflict, send, urlOf, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { change, conflict, documentOf, jsonPatch, patch } from './edits.js'

const merging = (version: number, prefer = 'conflict=merge') => ({ 'if-match': `"${version}"`, prefer })

for (const storeMode of storeModes) {
  for (const keptBytes of [0, 1_000_000]) {
    t.test(`Prefer: conflict=merge (${storeMode}, keeping ${keptBytes} bytes)`, async (t) => {
      const { app } = await buildTestApp(t, { storeMode, keptBytes })
      /** An article at version 3, and its version 1. */
      const edited = async () => {
        const base = await create(app, '/api/articles', { title: 'A', body: 'one\ntwo\nthree\n', tags: ['x'] })
        const current = await patch(app, await patch(app, base, { title: 'B' }), { body: 'ONE\ntwo\nthree\n' })
        return { base, current, url: urlOf(base) }
      }

      t.test('both changes are stored, and the reply says so', async (t) => {
        const { base, current, url } = await edited()
        const reply = await send(app, 'PATCH', url, { tags: ['x', 'y'] }, merging(1))
        t.equal(reply.statusCode, 200)
        const { updatedAt } = reply.json<Document>()
        t.strictSame(reply.json(), { ...base, title: 'B', body: current.body, tags: ['x', 'y'], version: 4, updatedAt })
        t.match(reply.headers, { etag: '"4"', 'preference-applied': 'conflict=merge', 'content-location': url, vary: 'Prefer', 'last-modified': new Date(updatedAt).toUTCString() })
        t.strictSame((await send(app, 'GET', url)).json(), reply.json())
      })

      t.test('a version that is current needs no merge', async (t) => {
        const { current, url } = await edited()
        const reply = await send(app, 'PATCH', url, { title: 'C' }, merging(3))
        t.match(reply.json(), { version: 4, title: 'C', body: current.body })
        t.notOk('preference-applied' in reply.headers)
      })

      t.test('PUT: what it leaves as it was in the base is no change', async (t) => {
        const { base, current, url } = await edited()
        const reply = await send(app, 'PUT', url, { ...base, tags: ['z'] }, merging(1))
        t.match(reply.headers, { 'preference-applied': 'conflict=merge' })
        t.match(reply.json(), { version: 4, title: 'B', body: current.body, tags: ['z'] })
        const narrowed = await send(app, 'PUT', url, { ...base, tags: ['w'] }, { 'if-match': '"1", "2"', prefer: 'conflict=merge' })
        t.match(narrowed.headers, { 'preference-applied': 'conflict=merge' })
        t.match(narrowed.json(), { version: 5, title: 'B', body: current.body, tags: ['w', 'z'] }, 'the base is the version that the body names, not 2, in which the title is B')
      })

      t.test('JSON Patch: what it tests, it tests in the base', async (t) => {
        const { url } = await edited()
        const reply = await jsonPatch(app, url, [{ op: 'test', path: '/title', value: 'A' }, { op: 'add', path: '/tags/0', value: 'w' }], merging(1))
        t.match(reply.headers, { 'preference-applied': 'conflict=merge' })
        t.match(reply.json(), { version: 4, title: 'B', tags: ['w', 'x'] })
      })

      t.test('a transition with If-Match', async (t) => {
        const { current, url } = await edited()
        const reply = await send(app, 'POST', `${url}/publish`, undefined, merging(1))
        t.match(reply.headers, { 'preference-applied': 'conflict=merge', 'content-location': url })
        t.match(reply.json(), { version: 4, title: 'B', body: current.body, status: 'published' })
        const again = await send(app, 'POST', `${url}/archive`, undefined, merging(3))
        t.equal(again.statusCode, 409, 'version 3 was a draft')
        t.match(again.json(), { type: '/problems/version-conflict', currentVersion: 4, yourVersion: 3, mergeable: false, conflicts: [] })
      })

      t.test('text by line, tags as a set', async (t) => {
        const { base, url } = await edited()
        const current = await patch(app, documentOf(await send(app, 'GET', url)), { tags: ['x', 'theirs', 'also'] })
        const reply = await send(app, 'PATCH', url, { body: 'one\ntwo\nTHREE\n', tags: ['yours', 'x'] }, merging(1))
        t.match(reply.headers, { 'preference-applied': 'conflict=merge' })
        t.match(reply.json(), { version: 5, title: 'B', body: 'ONE\ntwo\nTHREE\n' })
        t.strictSame([...reply.json<{ tags: string[] }>().tags].sort(), ['also', 'theirs', 'x', 'yours'])
        const clash = await send(app, 'PATCH', url, { body: 'eins\ntwo\nthree\n' }, merging(1))
        t.equal(clash.statusCode, 409)
        t.match(clash.json(), { currentVersion: 5, mergeable: false, conflicts: [{ pointer: '/body', base: base.body, theirs: 'ONE\ntwo\nTHREE\n', yours: 'eins\ntwo\nthree\n' }] })
        t.equal(current.version, 4)
      })

      t.test('a clash is the ordinary 409, and nothing is stored', async (t) => {
        const { base, current, url } = await edited()
        const headers = { 'if-match': '"2"' }
        const [plain, preferring] = [await send(app, 'PATCH', url, { body: 'yours', tags: [] }, headers), await send(app, 'PATCH', url, { body: 'yours', tags: [] }, { ...headers, prefer: 'conflict=merge' })]
        t.equal(preferring.statusCode, 409)
        t.strictSame(preferring.json(), plain.json())
        t.strictSame(preferring.json(), conflict(current, 2, {
          changes: [change('/body', { from: base.body, to: current.body }, current)],
          conflicts: [{ pointer: '/body', base: base.body, theirs: current.body, yours: 'yours' }],
          mergeable: false,
          merged: { ...current, tags: [] }
        }))
        t.notOk('preference-applied' in preferring.headers)
        t.strictSame((await send(app, 'GET', url)).json(), current)
      })

      t.test('the change that is there already keeps the version', async (t) => {
        const { current, url } = await edited()
        const reply = await send(app, 'PATCH', url, { title: 'B' }, merging(1))
        t.match(reply.headers, { etag: '"3"', 'preference-applied': 'conflict=merge' })
        t.strictSame(reply.json(), current)
      })

      t.test('what the base would not have allowed is an ordinary 409, not a 422 of another version', async (t) => {
        const { current, url } = await edited()
        for (const operations of [[{ op: 'remove', path: '/tags/3' }], [{ op: 'test', path: '/title', value: 'B' }]]) {
          t.match((await jsonPatch(app, url, operations, merging(1))).json(), { type: '/problems/version-conflict', currentVersion: 3, yourVersion: 1, current, conflicts: [], mergeable: false })
        }
      })

      t.test('with return=minimal', async (t) => {
        const { url } = await edited()
        const reply = await send(app, 'PATCH', url, { tags: [] }, merging(1, 'return=minimal, conflict=merge'))
        t.equal(reply.statusCode, 204)
        t.equal(reply.body, '')
        t.match(reply.headers, { etag: '"4"', 'preference-applied': 'return=minimal, conflict=merge' })
        t.match((await send(app, 'GET', url)).json(), { version: 4, title: 'B', tags: [] })
      })

      t.test('a list of tags: the highest version is the base; a weak one never matches', async (t) => {
        const { url } = await edited()
        t.equal((await send(app, 'PATCH', url, { title: 'C' }, { 'if-match': '"1", "2"', prefer: 'conflict=merge' })).statusCode, 200, 'since version 2 only the body has changed')
        for (const ifMatch of ['W/"2"', '"1", W/"2"']) {
          t.match((await send(app, 'PATCH', url, { tags: [] }, { 'if-match': ifMatch, prefer: 'conflict=merge' })).json(), { status: 409, yourVersion: 2, currentVersion: 4, mergeable: false })
        }
        t.match((await send(app, 'GET', url)).json(), { version: 4, title: 'C', tags: ['x'] })
      })

      t.test('restoring an old version is merged with what was changed since the version in If-Match', async (t) => {
        const { base, current, url } = await edited()
        const reply = await send(app, 'POST', `${url}/revisions/1/restore`, undefined, merging(2))
        t.match(reply.headers, { 'preference-applied': 'conflict=merge' })
        t.strictSame(reply.json(), { ...current, title: base.title, version: 4, updatedAt: reply.json<Document>().updatedAt })
      })
    })
  }
}

const pages = defineResource({
  name: 'pages',
  noun: 'page',
  schema: Type.Object({
    words: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { uniqueItems: true, default: [], maxItems: 3, merge: 'set' }),
    path: Type.String(),
    size: Type.Optional(Type.Integer({ minimum: 0 }))
  }),
  unique: [{ fields: ['path'] }]
})

t.test('a merge that would break a rule of the schema, though neither side does', async (t) => {
  const { app } = await buildTestApp(t, { resources: [pages] })
  const page = await create(app, '/api/pages', { path: '/', words: ['a', 'b'] })
  const current = await patch(app, page, { words: ['a', 'b', 'c'] }, '/api/pages')
  const url = urlOf(page, '/api/pages')
  const reply = await send(app, 'PATCH', url, { words: ['a', 'b', 'd'], size: 3 }, merging(1))
  t.equal(reply.statusCode, 409)
  t.strictSame(reply.json(), conflict(current, 1, {
    changes: [change('/words', { from: ['a', 'b'], to: ['a', 'b', 'c'] }, current)],
    conflicts: [], mergeable: false, mergeErrors: [{ pointer: '/words', message: 'must have at most 3 items' }]
  }, url))
  t.strictSame((await send(app, 'GET', url)).json(), current)
})

t.test('a merge to a value that another document holds is the 409 of a duplicate', async (t) => {
  const { app } = await buildTestApp(t, { resources: [pages] })
  const other = await create(app, '/api/pages', { path: '/other' })
  const page = await create(app, '/api/pages', { path: '/' })
  await patch(app, page, { size: 1 }, '/api/pages')
  const url = urlOf(page, '/api/pages')
  t.strictSame((await send(app, 'PATCH', url, { path: '/other' }, merging(1))).json(), problem('duplicate', 'Conflict', 409, 'A page with this path already exists', url, { field: 'path', fields: ['path'], existing: { href: urlOf(other, '/api/pages') }, currentVersion: 1 }))
})

t.test('a resource without history is never merged', async (t) => {
  const { app } = await buildTestApp(t, { historyLimit: 0 })
  const article = await create(app, '/api/articles', { title: 'A' })
  const current = await patch(app, article, { title: 'B' })
  t.strictSame((await send(app, 'PATCH', urlOf(article), { tags: ['x'] }, merging(1))).json(), conflict(current, 1, { historyTruncated: true }))
  await send(app, 'DELETE', urlOf(article), undefined, { 'if-match': '"2"' })
  const { deletedAt } = (await send(app, 'GET', urlOf(article))).json<{ deletedAt: string }>()
  t.strictSame((await send(app, 'PATCH', urlOf(article), { tags: ['x'] }, merging(1))).json(), deletedConflict({ url: urlOf(article), deletedAt }, 3, 1))
})

for (const storeMode of storeModes) {
  t.test(`many merges into one document at once: none is lost, and each is a version (${storeMode})`, async (t) => {
    const fields = Array.from({ length: 20 }, (_, i) => `f${i}`)
    const wide = defineResource({ name: 'wide', noun: 'note', schema: Type.Object(Object.fromEntries(fields.map((name) => [name, Type.Integer({ default: 0 })]))) })
    const { app } = await buildTestApp(t, { resources: [wide], storeMode })
    const note = await create(app, '/api/wide', {})
    const url = urlOf(note, '/api/wide')
    const replies = await Promise.all(fields.map((name, i) => send(app, 'PATCH', url, { [name]: i + 1 }, merging(1))))
    t.strictSame(replies.map(({ statusCode }) => statusCode), replies.map(() => 200))
    t.strictSame(replies.map((reply) => reply.json<Document>().version).sort((a, b) => a - b), fields.map((_, i) => i + 2))
    t.equal(replies.filter(({ headers }) => headers['preference-applied'] === 'conflict=merge').length, fields.length - 1, 'all but the first were merged')
    for (const [i, reply] of replies.entries()) t.equal(reply.json<Document>()[`f${i}`], i + 1)
    t.match((await send(app, 'GET', url)).json(), { version: 21, ...Object.fromEntries(fields.map((name, i) => [name, i + 1])) })
  })
}
