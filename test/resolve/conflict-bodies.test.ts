import { Type } from '@sinclair/typebox'
import { ObjectId } from 'mongodb'
import t from 'tap'
import { defineResource } from '../../src/resources/resource.js'
import { buildTestApp, storeModes } from '../app.js'
import { create, gone, neverThere, notFound, send, urlOf, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { change, conflict, documentOf, jsonPatch, patch } from './edits.js'

for (const storeMode of storeModes) {
  for (const keptBytes of [0, 1_000_000]) {
    t.test(`what changed since, and where it clashes (${storeMode}, keeping ${keptBytes} bytes)`, async (t) => {
      const { app } = await buildTestApp(t, { storeMode, keptBytes })
      const article = await create(app, '/api/articles', { title: 'A', body: 'text', tags: ['x'] })
      const url = urlOf(article)
      const v2 = await patch(app, article, { title: 'B', body: 'text 2' })
      const v3 = await patch(app, v2, { tags: ['y'] })
      const v4 = await patch(app, v3, { title: 'C' })
      const v5 = await patch(app, v4, { body: 'text' })
      const v6 = documentOf(await send(app, 'POST', `${url}/publish`))
      const changes = [
        change('/title', { from: 'A', to: 'C' }, v4),
        change('/tags', { from: ['x'], to: ['y'] }, v3),
        change('/status', { from: 'draft', to: 'published' }, v6)
      ]

      t.test('each change is that of the version which made it last, and what was changed back is none', async (t) => {
        const reply = await send(app, 'PUT', url, { title: 'Z', tags: ['x'] }, { 'if-match': '"1"' })
        t.equal(reply.statusCode, 409)
        t.match(reply.headers, { etag: '"6"', 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
        t.strictSame(reply.json(), conflict(v6, 1, {
          changes,
          conflicts: [{ pointer: '/title', base: 'A', theirs: 'C', yours: 'Z' }],
          mergeable: false,
          merged: { ...v6, body: '' }
        }))
      })

      t.test('without a clash it is mergeable', async (t) => {
        t.strictSame((await send(app, 'PATCH', url, { body: 'yours' }, { 'if-match': '"1"' })).json(), conflict(v6, 1, { changes, conflicts: [], mergeable: true }))
      })

      t.test('where all that was sent clashes there is nothing merged', async (t) => {
        const reply = await send(app, 'PATCH', url, { title: 'Z' }, { 'if-match': '"4"' })
        t.strictSame(reply.json(), conflict(v6, 4, {
          changes: [change('/body', { from: 'text 2', to: 'text' }, v5), change('/status', { from: 'draft', to: 'published' }, v6)],
          conflicts: [],
          mergeable: true
        }))
        const clash = await send(app, 'PATCH', url, { title: 'Z' }, { 'if-match': '"3"' })
        t.strictSame(clash.json(), conflict(v6, 3, {
          changes: [change('/title', { from: 'B', to: 'C' }, v4), change('/body', { from: 'text 2', to: 'text' }, v5), change('/status', { from: 'draft', to: 'published' }, v6)],
          conflicts: [{ pointer: '/title', base: 'B', theirs: 'C', yours: 'Z' }],
          mergeable: false
        }))
      })

      t.test('the highest version that a tag names is the base, weak ones included', async (t) => {
        const since5 = { changes: [change('/status', { from: 'draft', to: 'published' }, v6)], conflicts: [], mergeable: true }
        t.strictSame((await send(app, 'PATCH', url, { body: 'yours' }, { 'if-match': '"1", "5", "x"' })).json(), conflict(v6, 5, since5))
        const weak = problem('version-conflict', 'Conflict', 409, 'A weak entity-tag (W/) never matches in If-Match: send the strong one, without W/. A proxy on the way may have weakened it', url, { retryable: false, currentVersion: 6, yourVersion: 5, current: v6, ...since5, mergeable: false })
        t.strictSame((await send(app, 'PATCH', url, { body: 'yours' }, { 'if-match': 'W/"5"' })).json(), weak)
        t.strictSame((await send(app, 'PATCH', url, { body: 'yours' }, { 'if-match': 'W/"5"', prefer: 'conflict=merge' })).json(), weak, 'it is not merged either: a weak tag never matches')
      })

      t.test('a version that never was has no base', async (t) => {
        for (const prefer of ['', 'conflict=merge']) {
          t.strictSame((await send(app, 'PATCH', url, { body: 'yours' }, { 'if-match': '"9"', prefer })).json(), conflict(v6, 9, { historyTruncated: true }))
          t.strictSame((await send(app, 'PATCH', url, { body: 'yours' }, { 'if-match': '"x"', prefer })).json(), conflict(v6, null, {}))
        }
      })

      t.test('the version that the body of a PUT names is the base', async (t) => {
        t.strictSame((await send(app, 'PUT', url, { ...v5, body: 'yours' }, { 'if-match': '"2", "5"' })).json(), conflict(v6, 5, { changes: [change('/status', { from: 'draft', to: 'published' }, v6)], conflicts: [], mergeable: true }))
      })

      t.test('a DELETE is never merged', async (t) => {
        const prefer = 'conflict=merge'
        for (const headers of [{ 'if-match': '"5"' }, { 'if-match': '"5"', prefer }]) {
          t.strictSame((await send(app, 'DELETE', url, undefined, headers)).json(), conflict(v6, 5, { changes: [change('/status', { from: 'draft', to: 'published' }, v6)], mergeable: false }))
        }
      })

      t.test('a transition with If-Match', async (t) => {
        t.strictSame((await send(app, 'POST', `${url}/publish`, undefined, { 'if-match': '"5"' })).json(), conflict(v6, 5, {
          changes: [change('/status', { from: 'draft', to: 'published' }, v6)], conflicts: [], mergeable: true, alreadyApplied: true
        }, `${url}/publish`), 'which is a retry of what made version 6')
        t.strictSame((await send(app, 'POST', `${url}/archive`, undefined, { 'if-match': '"5"' })).json(), conflict(v6, 5, {
          changes: [change('/status', { from: 'draft', to: 'published' }, v6)], conflicts: [], mergeable: false
        }, `${url}/archive`), 'which version 5 would not have allowed')
      })
    })
  }
}

t.test('a retry after a lost reply is told that it was applied, also where twice is not the same as once', async (t) => {
  const { app } = await buildTestApp(t)
  const article = await create(app, '/api/articles', { title: 'A', tags: ['x'] })
  const url = urlOf(article)
  const operations = [{ op: 'test', path: '/title', value: 'A' }, { op: 'replace', path: '/title', value: 'B' }, { op: 'add', path: '/tags/-', value: 'y' }]
  const v2 = documentOf(await jsonPatch(app, url, operations, { 'if-match': '"1"' }))
  const changes = [change('/title', { from: 'A', to: 'B' }, v2), change('/tags', { from: ['x'], to: ['x', 'y'] }, v2)]
  t.strictSame((await jsonPatch(app, url, operations, { 'if-match': '"1"' })).json(), conflict(v2, 1, { changes, conflicts: [], mergeable: true, alreadyApplied: true }))
  t.strictSame((await send(app, 'PUT', url, { title: 'B', tags: ['x', 'y'] }, { 'if-match': '"1"' })).json(), conflict(v2, 1, { changes, conflicts: [], mergeable: true, alreadyApplied: true }))
  t.strictSame((await send(app, 'PUT', url, { title: 'B', tags: ['y', 'x'] }, { 'if-match': '"1"' })).json(), conflict(v2, 1, { changes, conflicts: [], mergeable: true }))
})

t.test('deleted documents', async (t) => {
  const { app } = await buildTestApp(t)
  const article = await create(app, '/api/articles', { title: 'A', tags: ['x'] })
  const url = urlOf(article)
  const v2 = await patch(app, article, { title: 'B' })
  await send(app, 'DELETE', url, undefined, { 'if-match': '"2"' })
  const { deletedAt } = (await send(app, 'GET', url)).json<{ deletedAt: string }>()
  const content = { title: 'B', body: '', tags: ['x'], status: 'draft' }
  const deleted = (yourVersion: number, members: object) => problem('version-conflict', 'Conflict', 409, 'The resource has been deleted by another user', url, { retryable: false, currentVersion: 3, yourVersion, deleted: true, deletedAt, ...members })
  const change = (from: object) => [{ pointer: '', from, version: 3, at: deletedAt }]

  t.strictSame((await send(app, 'PATCH', url, { title: 'C' }, { 'if-match': '"2"' })).json(), deleted(2, { changes: change(content), conflicts: [{ pointer: '', base: content, yours: { ...content, title: 'C' } }], mergeable: false }))
  t.strictSame((await send(app, 'PATCH', url, { title: 'C' }, { 'if-match': '"2"', prefer: 'conflict=merge' })).json(), deleted(2, { changes: change(content), conflicts: [{ pointer: '', base: content, yours: { ...content, title: 'C' } }], mergeable: false }))
  t.strictSame((await send(app, 'PATCH', url, { title: 'B' }, { 'if-match': '"2"' })).json(), deleted(2, { changes: change(content), conflicts: [], mergeable: false }), 'what changes nothing does not clash')
  t.strictSame((await send(app, 'PUT', url, { title: 'C' }, { 'if-match': '"1"' })).json(), deleted(1, { changes: change({ ...content, title: 'A' }), conflicts: [{ pointer: '', base: { ...content, title: 'A' }, yours: { ...content, title: 'C', tags: [] } }], mergeable: false }))
  t.strictSame((await send(app, 'DELETE', url, undefined, { 'if-match': '"1"' })).json(), deleted(1, { changes: change({ ...content, title: 'A' }), mergeable: false }))
  t.strictSame((await send(app, 'DELETE', url, undefined, { 'if-match': '"2"' })).json(), deleted(2, { alreadyApplied: true, changes: change(content), mergeable: false }))
  t.strictSame((await send(app, 'PATCH', url, { title: 'C' }, { 'if-match': '*', prefer: 'conflict=merge' })).json(), gone({ url, deletedAt }, 3))

  const again = documentOf(await send(app, 'PUT', url, { title: 'again', tags: ['x'] }, { 'if-none-match': '*' }), 201)
  t.equal(again.version, 4)
  t.strictSame((await send(app, 'PATCH', url, { title: 'C' }, { 'if-match': `"${v2.version}"` })).json(), conflict(again, 2, {
    changes: [{ pointer: '/title', from: 'B', to: 'again', version: 4, at: again.updatedAt }], conflicts: [{ pointer: '/title', base: 'B', theirs: 'again', yours: 'C' }], mergeable: false
  }), 'history goes on over delete and re-create')
  for (const [method, prefer] of [['PATCH', ''], ['PATCH', 'conflict=merge'], ['DELETE', 'conflict=merge']] as const) {
    const missing = `/api/articles/${neverThere}`
    t.strictSame((await send(app, method, missing, method === 'PATCH' ? { title: 'C' } : undefined, { 'if-match': '"1"', prefer })).json(), notFound(missing))
  }
})

t.test('history that is not kept', (t) => {
  t.test('off', async (t) => {
    const { app } = await buildTestApp(t, { historyLimit: 0 })
    const v2 = await patch(app, await create(app, '/api/articles', { title: 'A' }), { title: 'B' })
    for (const prefer of ['', 'conflict=merge']) {
      t.strictSame((await send(app, 'PATCH', urlOf(v2), { body: 'yours' }, { 'if-match': '"1"', prefer })).json(), conflict(v2, 1, { historyTruncated: true }))
    }
  })

  t.test('beyond the limit', async (t) => {
    const { app } = await buildTestApp(t, { historyLimit: 5, keptBytes: 0 })
    let article = await create(app, '/api/articles', { title: 'A' })
    while (article.version < 40) article = await patch(app, article, { title: `version ${article.version + 1}` })
    for (const prefer of ['', 'conflict=merge']) {
      t.strictSame((await send(app, 'PATCH', urlOf(article), { body: 'yours' }, { 'if-match': '"35"', prefer })).json(), conflict(article, 35, { historyTruncated: true }))
    }
    const kept = (await send(app, 'PATCH', urlOf(article), { body: 'yours' }, { 'if-match': '"36"' })).json<object>()
    t.strictSame(kept, conflict(article, 36, { changes: [change('/title', { from: 'version 36', to: 'version 40' }, article)], conflicts: [], mergeable: true }))
  })
  t.end()
})

const quiet = defineResource({ name: 'quiet', noun: 'note', showCurrent: false, schema: Type.Object({ title: Type.String(), text: Type.String({ default: '' }) }) })
const strict = defineResource({ name: 'strict', noun: 'note', mismatchStatus: 412, schema: Type.Object({ title: Type.String(), text: Type.String({ default: '' }) }) })

t.test('what a resource says of its conflicts', async (t) => {
  const { app } = await buildTestApp(t, { resources: [quiet, strict] })
  const body = (v2: Document, collection: string, extra: object) => problem('version-conflict', 'Conflict', 409, 'The resource has been modified by another user', urlOf(v2, collection), {
    retryable: false, currentVersion: 2, yourVersion: 1, ...extra, mergeable: false
  })
  const values = (v2: Document) => ({ changes: [change('/title', { from: 'A', to: 'B' }, v2)], conflicts: [{ pointer: '/title', base: 'A', theirs: 'B', yours: 'C' }] })

  t.test('showCurrent: false leaves out the current document, and every value of it', async (t) => {
    const v2 = await patch(app, await create(app, '/api/quiet', { title: 'A' }), { title: 'B' }, '/api/quiet')
    t.strictSame((await send(app, 'PATCH', urlOf(v2, '/api/quiet'), { title: 'C' }, { 'if-match': '"1"' })).json(), body(v2, '/api/quiet', {}))
    t.strictSame((await send(app, 'PATCH', urlOf(v2, '/api/quiet'), { title: 'C', text: 'yours' }, { 'if-match': '"1"' })).json(), body(v2, '/api/quiet', {}))
    t.match((await send(app, 'PATCH', urlOf(v2, '/api/quiet'), { text: 'yours' }, { 'if-match': '"1"' })).json(), { mergeable: true })
    await send(app, 'DELETE', urlOf(v2, '/api/quiet'), undefined, { 'if-match': '"2"' })
    const deleted = (await send(app, 'PATCH', urlOf(v2, '/api/quiet'), { title: 'C' }, { 'if-match': '"1"' })).json<Record<string, unknown>>()
    t.match(deleted, { deleted: true, mergeable: false })
    t.notOk('changes' in deleted || 'conflicts' in deleted)
  })

  t.test('mismatchStatus: 412 has the same body', async (t) => {
    const v2 = await patch(app, await create(app, '/api/strict', { title: 'A' }), { title: 'B' }, '/api/strict')
    const reply = await send(app, 'PATCH', urlOf(v2, '/api/strict'), { title: 'C' }, { 'if-match': '"1"' })
    t.equal(reply.statusCode, 412)
    t.equal(reply.headers.etag, '"2"')
    t.strictSame(reply.json(), { ...body(v2, '/api/strict', { current: v2, ...values(v2) }), status: 412, error: 'Precondition Failed' })
    const merged = await send(app, 'PATCH', urlOf(v2, '/api/strict'), { text: 'yours' }, { 'if-match': '"1"', prefer: 'conflict=merge' })
    t.equal(merged.statusCode, 200)
    t.match(merged.json(), { version: 3, title: 'B', text: 'yours' })
  })
})

t.test('a conflict shows nothing that a GET leaves out', async (t) => {
  const { app, db } = await buildTestApp(t, { keptBytes: 0 })
  const article = await create(app, '/api/articles', { title: 'A' })
  const _id = new ObjectId(article.id)
  const forms = db.collection('articles')
  await forms.updateOne({ _id }, { $set: { 'data.secret': 's1' } })
  const v2 = documentOf(await send(app, 'PUT', urlOf(article), { title: 'B' }, { 'if-match': '"1"' }))
  await forms.updateOne({ _id }, { $set: { 'data.secret': 's2' } })
  t.strictSame((await send(app, 'GET', urlOf(article))).json(), v2)
  const reply = await send(app, 'PUT', urlOf(article), { title: 'C', body: 'yours' }, { 'if-match': '"1"' })
  t.equal(reply.statusCode, 409)
  t.notMatch(reply.body, /s1|s2|secret/)
  t.strictSame(reply.json(), conflict(v2, 1, {
    changes: [change('/title', { from: 'A', to: 'B' }, v2)], conflicts: [{ pointer: '/title', base: 'A', theirs: 'B', yours: 'C' }], mergeable: false, merged: { ...v2, body: 'yours' }
  }))
})

const open = defineResource({ name: 'open', noun: 'note', schema: Type.Object({ any: Type.Record(Type.String(), Type.Unknown()) }) })

t.test('two changes that can be stored, and together are what the database driver would change, are refused', async (t) => {
  const { app } = await buildTestApp(t, { resources: [open] })
  const url = urlOf(await create(app, '/api/open', { any: { $ref: 'a.b' } }), '/api/open')
  const errors = [{ pointer: '/any/$ref', message: 'must have another name: beside $id this one is kept for the database driver' }]
  t.match((await send(app, 'POST', '/api/open', { any: { $ref: 'a.b', $id: 1 } })).json(), { type: '/problems/invalid', errors })
  t.match((await send(app, 'PATCH', url, { any: { $id: 1 } }, { 'if-match': '"1"' })).json(), { type: '/problems/invalid', errors })
  const away = documentOf(await send(app, 'PATCH', url, { any: { $ref: null } }, { 'if-match': '"1"' }))
  documentOf(await send(app, 'PATCH', url, { any: { $ref: 'c' } }, { 'if-match': `"${away.version}"` }))
  t.match((await send(app, 'PATCH', url, { any: { $id: 1 } }, { 'if-match': `"${away.version}"`, prefer: 'conflict=merge' })).json(), { mergeable: false, conflicts: [], mergeErrors: errors })
  t.match((await send(app, 'GET', url)).json(), { version: 3, any: { $ref: 'c' } })
})
