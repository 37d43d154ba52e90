import { ObjectId } from 'mongodb'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { problemTypes } from '../../src/problem-types.js'
import { problem } from '../plugins/problem-app.js'
import { articleAt, create, deletedArticleAt, deletedConflict, send, urlOf, versionConflict, type Document } from './stored.js'

t.test('the 409 of a version conflict', async (t) => {
  const { app, db } = await buildTestApp(t, { historyLimit: 0 })

  t.test('its body is enough to resolve it', async (t) => {
    const article = await articleAt(app, 1, { title: 'A', tags: ['x'] })
    const url = urlOf(article)
    await send(app, 'PUT', url, { title: 'B', tags: ['x'] }, { 'if-match': '"1"' })
    const refused = await send(app, 'PUT', url, { title: 'A', tags: ['x', 'y'] }, { 'if-match': '"1"' })
    t.equal(refused.statusCode, 409)
    const { current, currentVersion } = refused.json<{ current: Document, currentVersion: number }>()
    t.strictSame(refused.json(), versionConflict({ ...article, title: 'B', version: 2, updatedAt: current.updatedAt }, 1))
    const resolved = await send(app, 'PUT', url, { ...current, tags: ['x', 'y'] }, { 'if-match': `"${currentVersion}"` })
    t.equal(resolved.statusCode, 200)
    t.match(resolved.json(), { version: 3, title: 'B', tags: ['x', 'y'] })
  })

  t.test('yourVersion is the highest that any tag names', async (t) => {
    const article = await articleAt(app, 6)
    for (const [ifMatch, yourVersion] of [['"2", "5", "3"', 5], ['"2", W/"4"', 4], ['"9", "1"', 9], ['"x"', null], ['"x", "2-gzip"', 2]] as const) {
      t.match((await send(app, 'PATCH', urlOf(article), { title: 'B' }, { 'if-match': ifMatch })).json(), { currentVersion: 6, yourVersion })
    }
  })

  t.test('a retry after a lost reply is told that it was applied', async (t) => {
    for (const [method, body] of [['PUT', { title: 'B' }], ['PUT', { title: 'B', status: 'draft', tags: [], body: '' }], ['PATCH', { title: 'B' }], ['PATCH', {}]] as const) {
      const article = await articleAt(app, 1)
      const url = urlOf(article)
      const { title = 'B' } = body as { title?: string }
      const first = (await send(app, 'PATCH', url, { title }, { 'if-match': '"1"' })).json<Document>()
      const again = await send(app, method, url, body, { 'if-match': '"1"' })
      t.equal(again.statusCode, 409)
      t.strictSame(again.json(), versionConflict(first, 1, { alreadyApplied: true }))
    }
    const edited = await articleAt(app, 2)
    for (const [method, body] of [['PUT', { title: 'other' }], ['PATCH', { title: 'other' }]] as const) {
      t.strictSame((await send(app, method, urlOf(edited), body, { 'if-match': '"1"' })).json(), versionConflict(edited, 1))
    }
  })

  t.test('a DELETE again is told that the document is deleted by it, and only by it', async (t) => {
    const deleted = await deletedArticleAt(app, 4)
    const again = await send(app, 'DELETE', deleted.url, undefined, { 'if-match': '"3"' })
    t.equal(again.statusCode, 409)
    t.strictSame(again.json(), deletedConflict(deleted, 4, 3, { alreadyApplied: true }))
    t.strictSame((await send(app, 'DELETE', deleted.url, undefined, { 'if-match': '"2"' })).json(), deletedConflict(deleted, 4, 2))
  })

  t.test('one event has one status, type and body, whenever it is noticed', async (t) => {
    const article = await articleAt(app, 1)
    const url = urlOf(article)
    const replies = await Promise.all(Array.from({ length: 8 }, (_, i) => send(app, 'PATCH', url, { title: `by ${i}` }, { 'if-match': '"1"' })))
    const late = await send(app, 'PATCH', url, { title: 'late' }, { 'if-match': '"1"' })
    const refused = replies.filter(({ statusCode }) => statusCode !== 200)
    t.equal(refused.length, 7)
    for (const reply of refused) t.strictSame(reply.json(), late.json())
  })

  t.test('current shows no field that a GET leaves out', async (t) => {
    const article = await articleAt(app, 2)
    const url = urlOf(article)
    await db.collection('articles').updateOne({ _id: new ObjectId(article.id) }, { $set: { 'data.secret': 's', version: 3 } })
    const read = (await send(app, 'GET', url)).json<Document>()
    t.strictSame(read, { ...article, version: 3 })
    const refused = await send(app, 'PUT', url, { title: 'B' }, { 'if-match': '"1"' })
    t.equal(refused.statusCode, 409)
    t.strictSame(refused.json(), versionConflict(read, 1))
  })

  t.test('each type of problem answers a GET', async (t) => {
    for (const [slug, { status, title, about }] of Object.entries(problemTypes)) {
      const page = await app.inject({ url: `/problems/${slug}`, headers: { accept: 'text/html' } })
      t.equal(page.statusCode, 200)
      t.match(page.headers['content-type'], 'text/html')
      t.match(page.body, `<h1>${slug}</h1>`)
      t.strictSame((await app.inject({ url: `/problems/${slug}`, headers: { accept: 'application/json' } })).json(), { type: `/problems/${slug}`, status, title, about })
    }
    t.equal((await app.inject('/problems/no-such')).statusCode, 404)
  })
})

t.test('the 409 where history holds the version that was edited', async (t) => {
  const { app } = await buildTestApp(t)
  const text = { title: 'A', body: 'text', tags: ['x'] }
  /** An article at version 3, whose title was changed as version 2 and whose tags as version 3. */
  const edited = async () => {
    const first = await create(app, '/api/articles', text)
    const url = urlOf(first)
    const second = (await send(app, 'PATCH', url, { title: 'B' }, { 'if-match': '"1"' })).json<Document>()
    const current = (await send(app, 'PATCH', url, { tags: ['y'] }, { 'if-match': '"2"' })).json<Document>()
    const changes = [
      { pointer: '/title', from: 'A', to: 'B', version: 2, at: second.updatedAt },
      { pointer: '/tags', from: ['x'], to: ['y'], version: 3, at: current.updatedAt }
    ]
    return { url, current, changes }
  }
  const conflict = (current: Document, yourVersion: number | null, members: object) =>
    problem('version-conflict', 'Conflict', 409, 'The resource has been modified by another user', urlOf(current), { retryable: false, currentVersion: current.version, yourVersion, current, ...members })

  t.test('values that clash, and the rest merged', async (t) => {
    const { url, current, changes } = await edited()
    const reply = await send(app, 'PATCH', url, { title: 'C', body: 'yours' }, { 'if-match': '"1"' })
    t.equal(reply.statusCode, 409)
    t.strictSame(reply.json(), conflict(current, 1, { changes, conflicts: [{ pointer: '/title', base: 'A', theirs: 'B', yours: 'C' }], mergeable: false, merged: { ...current, body: 'yours' } }))
  })

  t.test('values that do not', async (t) => {
    const { url, current, changes } = await edited()
    const reply = await send(app, 'PUT', url, { ...text, body: 'yours' }, { 'if-match': '"1"' })
    t.strictSame(reply.json(), conflict(current, 1, { changes, conflicts: [], mergeable: true }))
  })

  t.test('a DELETE is never merged', async (t) => {
    const { url, current, changes } = await edited()
    const reply = await send(app, 'DELETE', url, undefined, { 'if-match': '"2"' })
    t.strictSame(reply.json(), conflict(current, 2, { changes: changes.slice(1), mergeable: false }))
  })

  t.test('what is no version has no base', async (t) => {
    const { url, current } = await edited()
    t.strictSame((await send(app, 'PATCH', url, { title: 'C' }, { 'if-match': '"x"' })).json(), conflict(current, null, {}))
    t.strictSame((await send(app, 'PATCH', url, { title: 'C' }, { 'if-match': '"9"' })).json(), conflict(current, 9, { historyTruncated: true }))
  })
})
