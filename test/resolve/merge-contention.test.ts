import t from 'tap'
import { buildTestApp } from '../app.js'
import { create, send, urlOf, type Document } from '../contract/stored.js'
import { mongodbUri } from '../mongodb-uri.js'
import { startCuttingProxy } from '../versioned-store/cutting-proxy.js'
import { documentOf, patch } from './edits.js'

t.test('a merge that others come before each time', async (t) => {
  const proxy = await startCuttingProxy(t, mongodbUri())
  const { app: slow, db } = await buildTestApp(t, { mongodbUri: proxy.uri, storeMode: 'single', historyLimit: 500 })
  const { app: quick } = await buildTestApp(t, { database: db.databaseName, historyLimit: 500 })
  const article = await create(quick, '/api/articles', { title: 'A', body: 'text' })
  const url = urlOf(article)
  const second = await patch(quick, article, { title: 'B' })
  let current = second
  let attempts = 0

  /** Lets another service change the article each time that the slow one has sent its write, before mongod gets it. */
  const comeFirst = (change: (attempt: number) => object) => {
    attempts = 0
    return proxy.each('findAndModify', { before: async () => { current = await patch(quick, current, change(++attempts)) } })
  }
  const merge = () => send(slow, 'PATCH', url, { tags: ['yours'] }, { 'if-match': '"1"', prefer: 'conflict=merge' })

  t.test('is tried a bounded number of times, then it is a 409 that says to come again', async (t) => {
    const stop = comeFirst((attempt) => ({ body: `text ${attempt}` }))
    const reply = await merge()
    stop()
    t.equal(reply.statusCode, 409)
    t.ok(attempts > 10 && attempts <= 60, `${attempts} attempts`)
    t.match(reply.headers, { etag: `"${current.version}"`, 'retry-after': '1', 'cache-control': 'no-store' })
    t.strictSame(reply.json(), {
      type: '/problems/version-conflict', title: 'Conflict', status: 409, error: 'Conflict', instance: url,
      detail: 'The resource has been modified by another user', message: 'The resource has been modified by another user',
      retryable: true, currentVersion: current.version, yourVersion: 1, current, conflicts: [], mergeable: true,
      changes: [
        { pointer: '/title', from: 'A', to: 'B', version: 2, at: second.updatedAt },
        { pointer: '/body', from: 'text', to: current.body, version: current.version, at: current.updatedAt }
      ]
    })
    const again = await merge()
    t.equal(again.statusCode, 200, 'and the same request succeeds once they are done')
    t.match(again.json(), { version: current.version + 1, title: 'B', body: current.body, tags: ['yours'] })
    current = again.json<Document>()
  })

  t.test('is an ordinary 409 where what came in between clashes', async (t) => {
    const stop = comeFirst((attempt) => attempt === 1 ? { tags: ['theirs'] } : { body: `more ${attempt}` })
    const reply = await send(slow, 'PATCH', url, { title: 'C' }, { 'if-match': `"${current.version}"`, prefer: 'conflict=merge' })
    stop()
    t.equal(reply.statusCode, 409)
    t.match(reply.json(), { mergeable: true, retryable: true })
    const clash = comeFirst((attempt) => ({ title: `theirs ${attempt}` }))
    const refused = await send(slow, 'PATCH', url, { title: 'C' }, { 'if-match': `"${current.version}"`, prefer: 'conflict=merge' })
    clash()
    t.equal(refused.statusCode, 409)
    t.notOk('retry-after' in refused.headers)
    t.match(refused.json(), { mergeable: false, retryable: false, conflicts: [{ pointer: '/title', base: 'B', theirs: 'theirs 1', yours: 'C' }] })
  })

  t.test('where it is deleted in between there is nothing to merge with', async (t) => {
    const stop = proxy.each('findAndModify', { before: async () => { await send(quick, 'DELETE', url, undefined, { 'if-match': `"${current.version}"` }) } })
    const base = documentOf(await send(quick, 'GET', url)).version
    const reply = await send(slow, 'PATCH', url, { title: 'D' }, { 'if-match': `"${base}"`, prefer: 'conflict=merge' })
    stop()
    t.equal(reply.statusCode, 409)
    t.match(reply.json(), { deleted: true, currentVersion: base + 1, yourVersion: base, mergeable: false, retryable: false })
  })
})
