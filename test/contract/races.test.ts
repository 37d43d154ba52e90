import type { Response } from 'light-my-request'
import t, { type Test } from 'tap'
import { buildTestApp, storeModes } from '../app.js'
import { alreadyExists, articleAt, create, deletedConflict, gone, send, urlOf, versionConflict, type Document } from './stored.js'

const atOnce = async (n: number, request: (i: number) => Promise<Response>) => Promise.all(Array.from({ length: n }, (_, i) => request(i)))

/** The one reply with this status, and the others. */
const oneOf = (t: Test, replies: readonly Response[], status: number): [winner: Response, losers: readonly Response[]] => {
  const winners = replies.filter(({ statusCode }) => statusCode === status)
  t.equal(winners.length, 1, `one is ${status}`)
  const [winner] = winners
  if (winner === undefined) throw new Error('nobody won')
  return [winner, replies.filter((reply) => reply !== winner)]
}

for (const storeMode of storeModes) {
  t.test(`simultaneous requests (${storeMode})`, async (t) => {
    const { app } = await buildTestApp(t, { storeMode, historyLimit: 0 })

    for (const method of ['PUT', 'PATCH'] as const) {
      t.test(`50 ${method} with one If-Match: one 200, 49 times the winner's version`, async (t) => {
        const url = urlOf(await articleAt(app, 1))
        const replies = await atOnce(50, (i) => send(app, method, url, { title: `by ${i}` }, { 'if-match': '"1"' }))
        const [winner, losers] = oneOf(t, replies, 200)
        const current = winner.json<Document>()
        t.equal(current.version, 2)
        for (const { statusCode, headers, body } of losers) {
          t.match({ statusCode, headers }, { statusCode: 409, headers: { etag: '"2"' } })
          t.strictSame(JSON.parse(body), versionConflict(current, 1))
        }
        t.strictSame((await send(app, 'GET', url)).json(), current)
      })
    }

    t.test('50 DELETE with one If-Match: one 204', async (t) => {
      const url = urlOf(await articleAt(app, 1))
      const [, losers] = oneOf(t, await atOnce(50, () => send(app, 'DELETE', url, undefined, { 'if-match': '"1"' })), 204)
      const { deletedAt } = (await send(app, 'GET', url)).json<{ deletedAt: string }>()
      for (const { statusCode, body } of losers) {
        t.equal(statusCode, 409)
        t.strictSame(JSON.parse(body), deletedConflict({ url, deletedAt }, 2, 1, { alreadyApplied: true }))
      }
    })

    t.test('50 PUT, PATCH, DELETE and transitions with one If-Match: one is done', async (t) => {
      const url = urlOf(await articleAt(app, 1))
      const requests = [
        (i: number) => send(app, 'PUT', url, { title: `put ${i}` }, { 'if-match': '"1"' }),
        (i: number) => send(app, 'PATCH', url, { title: `patch ${i}` }, { 'if-match': '"1"' }),
        () => send(app, 'DELETE', url, undefined, { 'if-match': '"1"' }),
        () => send(app, 'POST', `${url}/publish`, undefined, { 'if-match': '"1"' })
      ]
      const replies = await atOnce(50, async (i) => requests[i % requests.length]?.(i) ?? Promise.reject(new Error()))
      t.equal(replies.filter(({ statusCode }) => statusCode === 200 || statusCode === 204).length, 1)
      t.equal(replies.filter(({ statusCode }) => statusCode === 409).length, 49)
      t.equal((await send(app, 'GET', url)).headers.etag, '"2"')
    })

    t.test('50 create-only PUT of one id: one 201', async (t) => {
      const url = `/api/articles/${'0'.repeat(23)}1`
      const [winner, losers] = oneOf(t, await atOnce(50, (i) => send(app, 'PUT', url, { title: `by ${i}` }, { 'if-none-match': '*' })), 201)
      for (const { statusCode, headers, body } of losers) {
        t.match({ statusCode, headers }, { statusCode: 409, headers: { etag: '"1"' } })
        t.strictSame(JSON.parse(body), alreadyExists(1, url))
      }
      t.strictSame((await send(app, 'GET', url)).json(), winner.json())
    })

    t.test('50 create-only PUT of one deleted id: one 201, and its version goes on', async (t) => {
      const url = urlOf(await articleAt(app, 1))
      await send(app, 'DELETE', url, undefined, { 'if-match': '"1"' })
      const [winner, losers] = oneOf(t, await atOnce(50, (i) => send(app, 'PUT', url, { title: `by ${i}` }, { 'if-none-match': '*' })), 201)
      t.match(winner.json(), { version: 3 })
      for (const { body } of losers) t.strictSame(JSON.parse(body), alreadyExists(3, url))
    })

    t.test('30 publishes: one success, 29 that say what is allowed', async (t) => {
      const url = urlOf(await articleAt(app, 1))
      const [winner, losers] = oneOf(t, await atOnce(30, () => send(app, 'POST', `${url}/publish`)), 200)
      t.match(winner.json(), { version: 2, status: 'published' })
      for (const { statusCode, body } of losers) {
        t.equal(statusCode, 409)
        t.match(JSON.parse(body), { type: '/problems/state-conflict', currentState: 'published', requestedTransition: 'publish', allowedTransitions: ['unpublish', 'archive'], currentVersion: 2 })
      }
      t.match((await send(app, 'GET', url)).json(), { version: 2, status: 'published' })
    })

    t.test('20 POST of one e-mail in different case: one 201', async (t) => {
      const cased = (i: number) => Array.from('ada@example.com').map((letter, at) => (i >> (at % 5)) & 1 ? letter.toUpperCase() : letter).join('')
      t.equal(new Set(Array.from({ length: 20 }, (_, i) => cased(i))).size, 20)
      const [winner, losers] = oneOf(t, await atOnce(20, (i) => send(app, 'POST', '/api/users', { email: cased(i), username: `user ${i}` })), 201)
      for (const { statusCode, body } of losers) {
        t.equal(statusCode, 409)
        t.match(JSON.parse(body), { type: '/problems/duplicate', field: 'email', existing: { href: winner.headers.location }, currentVersion: 1 })
      }
      t.strictSame((await send(app, 'GET', '/api/users')).json(), { items: [winner.json()] })
    })

    t.test('12 PATCH with If-Match: *: all are done, each as a version of its own', async (t) => {
      const url = urlOf(await create(app, '/api/articles', { title: 'A' }))
      const replies = await atOnce(12, (i) => send(app, 'PATCH', url, { title: `by ${i}` }, { 'if-match': '*' }))
      t.strictSame(replies.map((reply) => reply.json<Document>().version).sort((a, b) => a - b), Array.from({ length: 12 }, (_, i) => i + 2))
      for (const reply of replies) t.equal(reply.headers.etag, `"${reply.json<Document>().version}"`)
    })

    t.test('a DELETE and edits of one version, many times: either, never both', async (t) => {
      for (let i = 0; i < 30; i++) {
        const article = await articleAt(app, 1)
        const url = urlOf(article)
        const [edit, removal] = await Promise.all([send(app, 'PATCH', url, { title: 'B' }, { 'if-match': '"1"' }), send(app, 'DELETE', url, undefined, { 'if-match': '"1"' })])
        const read = await send(app, 'GET', url)
        if (edit.statusCode === 200) {
          t.strictSame(removal.json(), versionConflict(edit.json<Document>(), 1))
          t.strictSame(read.json(), edit.json())
        } else {
          t.equal(removal.statusCode, 204)
          const { deletedAt } = read.json<{ deletedAt: string }>()
          t.strictSame(read.json(), gone({ url, deletedAt }, 2))
          t.strictSame(edit.json(), deletedConflict({ url, deletedAt }, 2, 1))
        }
      }
    })
  })
}
