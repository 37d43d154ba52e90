import t from 'tap'
import { buildTestApp } from '../app.js'
import { problem } from '../plugins/problem-app.js'
import { alreadyExists, articleAt, deletedArticleAt, deletedConflict, gone, invalid, neverThere, notFound, send, urlOf, versionConflict, type Document } from './stored.js'

const stateConflict = (url: string, currentState: string, requestedTransition: string, allowedTransitions: readonly string[], currentVersion: number) =>
  problem('state-conflict', 'Conflict', 409, `The state is ${currentState}, which does not allow ${requestedTransition}`, `${url}/${requestedTransition}`, { currentState, requestedTransition, allowedTransitions, currentVersion, retryable: false })

const byTransitions = 'transitions change it: publish, unpublish, archive'

t.test('state transitions', async (t) => {
  const { app } = await buildTestApp(t, { historyLimit: 0 })

  t.test('draft, published, archived', async (t) => {
    const article = await articleAt(app, 1)
    const url = urlOf(article)
    const published = await send(app, 'POST', `${url}/publish`)
    t.equal(published.statusCode, 200)
    const { updatedAt } = published.json<Document>()
    t.strictSame(published.json(), { ...article, version: 2, status: 'published', updatedAt })
    t.match(published.headers, { etag: '"2"', 'content-location': url, vary: 'Prefer', 'last-modified': new Date(updatedAt).toUTCString() })
    t.match((await send(app, 'POST', `${url}/unpublish`)).json(), { version: 3, status: 'draft' })
    t.match((await send(app, 'POST', `${url}/publish`)).json(), { version: 4, status: 'published' })
    t.match((await send(app, 'POST', `${url}/archive`)).json(), { version: 5, status: 'archived' })
    t.match((await send(app, 'GET', url)).json(), { version: 5, status: 'archived' })
  })

  t.test('one that the state does not allow', async (t) => {
    const article = await articleAt(app, 1)
    const url = urlOf(article)
    const refused = async (transition: string, state: string, allowed: readonly string[], version: number) => {
      const reply = await send(app, 'POST', `${url}/${transition}`)
      t.equal(reply.statusCode, 409)
      t.strictSame(reply.json(), stateConflict(url, state, transition, allowed, version))
      t.match(reply.headers, { etag: `"${version}"`, 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    }
    await refused('archive', 'draft', ['publish'], 1)
    await refused('unpublish', 'draft', ['publish'], 1)
    await send(app, 'POST', `${url}/publish`)
    await refused('publish', 'published', ['unpublish', 'archive'], 2)
    await send(app, 'POST', `${url}/archive`)
    for (const transition of ['publish', 'unpublish', 'archive']) await refused(transition, 'archived', [], 3)
  })

  t.test('If-Match is optional, and honoured', async (t) => {
    const article = await articleAt(app, 2)
    const url = urlOf(article)
    const stale = await send(app, 'POST', `${url}/publish`, undefined, { 'if-match': '"1"' })
    t.equal(stale.statusCode, 409)
    t.strictSame(stale.json(), versionConflict(article, 1, { url: `${url}/publish` }))
    t.equal((await send(app, 'POST', `${url}/publish`, undefined, { 'if-match': '"x"' })).statusCode, 409)
    const exists = await send(app, 'POST', `${url}/publish`, undefined, { 'if-none-match': '*' })
    t.strictSame(exists.json(), alreadyExists(2, `${url}/publish`))
    t.equal((await send(app, 'POST', `${url}/publish`, undefined, { 'if-unmodified-since': 'Thu, 01 Jan 2015 00:00:00 GMT' })).statusCode, 409)
    t.match((await send(app, 'POST', `${url}/publish`, undefined, { 'if-match': '"2"' })).json(), { version: 3, status: 'published' })
    t.match((await send(app, 'POST', `${url}/unpublish`, {}, { 'if-match': '*' })).json(), { version: 4, status: 'draft' })
  })

  t.test('of an id that was never there, or is deleted', async (t) => {
    const missing = `/api/articles/${neverThere}/publish`
    for (const headers of [{}, { 'if-match': '*' }, { 'if-match': '"1"' }]) {
      const reply = await send(app, 'POST', missing, undefined, headers)
      t.equal(reply.statusCode, 404)
      t.strictSame(reply.json(), notFound(missing))
    }
    const deleted = await deletedArticleAt(app, 2)
    const publish = { ...deleted, url: `${deleted.url}/publish` }
    t.strictSame((await send(app, 'POST', publish.url)).json(), gone(publish, 2))
    t.strictSame((await send(app, 'POST', publish.url, undefined, { 'if-match': '"1"' })).json(), deletedConflict(publish, 2, 1))
    const unknown = `${urlOf(await articleAt(app, 1))}/burn`
    t.strictSame((await send(app, 'POST', unknown)).json(), notFound(unknown))
  })

  t.test('PUT and PATCH may carry the state of the version that is edited, and no other', async (t) => {
    for (const method of ['PUT', 'PATCH'] as const) {
      const article = await articleAt(app, 1)
      const url = urlOf(article)
      await send(app, 'POST', `${url}/publish`)
      const kept = await send(app, method, url, { title: 'B', status: 'published' }, { 'if-match': '"2"' })
      t.match(kept.json(), { version: 3, title: 'B', status: 'published' })
      const left = await send(app, method, url, { title: 'C' }, { 'if-match': '"3"' })
      t.match(left.json(), { version: 4, title: 'C', status: 'published' })
      for (const ifMatch of ['"4"', '*', '"3", "4"']) {
        const changed = await send(app, method, url, { title: 'D', status: 'draft' }, { 'if-match': ifMatch })
        t.equal(changed.statusCode, 422)
        const message = `is "published" in version 4; ${byTransitions}`
        t.strictSame(changed.json(), problem('invalid', 'Unprocessable Content', 422, '/status is "published" in version 4', url, { errors: [{ pointer: '/status', message }] }))
      }
      const stale = await send(app, method, url, { title: 'D', status: 'draft' }, { 'if-match': '"1"' })
      t.strictSame(stale.json(), versionConflict(left.json(), 1), 'judged after the version')
      const unknown = await send(app, method, url, { title: 'D', status: 'burnt' }, { 'if-match': '"1"' })
      t.strictSame(unknown.json(), invalid(url, ['/status', 'must be "draft", "published" or "archived"']))
      t.match((await send(app, 'GET', url)).json(), { version: 4, title: 'C', status: 'published' })
    }
  })

  t.test('what is created has the initial state', async (t) => {
    const url = `/api/articles/${'e'.repeat(24)}`
    for (const [method, at, headers] of [['POST', '/api/articles', {}], ['PUT', url, { 'if-none-match': '*' }]] as const) {
      const refused = await send(app, method, at, { title: 'A', status: 'published' }, headers)
      t.equal(refused.statusCode, 422)
      const message = 'must be "draft" in a new document'
      t.strictSame(refused.json(), problem('invalid', 'Unprocessable Content', 422, `/status ${message}`, at, { errors: [{ pointer: '/status', message: `${message}; ${byTransitions}` }] }))
      const created = await send(app, method, at, { title: 'A', status: 'draft' }, headers)
      t.equal(created.statusCode, 201)
      t.match(created.json(), { version: 1, status: 'draft' })
    }
  })
})
