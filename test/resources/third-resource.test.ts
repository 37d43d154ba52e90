import { readFileSync } from 'node:fs'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { create, invalid, send, urlOf, versionConflict, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import type { DocumentOf } from '../../src/resources/resource.js'
import { tickets } from './third-resource.js'

const url = '/api/tickets'

t.test('a third resource is a declaration of under 30 lines', (t) => {
  t.ok(readFileSync('test/resources/third-resource.ts', 'utf8').trimEnd().split('\n').length < 30)
  const typed: DocumentOf<typeof tickets> = { id: 'x', version: 1, createdAt: '', updatedAt: '', queue: 'q', number: 1, notes: [], state: 'open' }
  t.equal(typed.number, 1)
  t.end()
})

t.test('and has all that articles and users have', async (t) => {
  const { app } = await buildTestApp(t, { resources: [tickets], historyLimit: 0 })

  t.test('documents, conflicts, transitions, deletion and lists', async (t) => {
    const ticket = await create(app, url, { queue: 'mail', number: 1 })
    const at = urlOf(ticket, url)
    t.strictSame(ticket, { id: ticket.id, version: 1, queue: 'mail', number: 1, notes: [], state: 'open', createdAt: ticket.createdAt, updatedAt: ticket.createdAt })
    const noted = (await send(app, 'PATCH', at, { notes: ['seen'] }, { 'if-match': '"1"' })).json<Document>()
    t.match(noted, { version: 2, notes: ['seen'] })
    const stale = await send(app, 'PATCH', at, { notes: ['late'] }, { 'if-match': '"1"' })
    t.equal(stale.statusCode, 409)
    t.strictSame(stale.json(), versionConflict(noted, 1, { url: at }))
    t.match((await send(app, 'POST', `${at}/solve`)).json(), { version: 3, state: 'solved' })
    t.match((await send(app, 'POST', `${at}/solve`)).json(), { type: '/problems/state-conflict', allowedTransitions: ['reopen'] })
    t.strictSame((await send(app, 'GET', url)).json<{ items: Document[] }>().items.length, 1)
    t.equal((await send(app, 'DELETE', at, undefined, { 'if-match': '"3"' })).statusCode, 204)
    t.equal((await send(app, 'GET', at)).statusCode, 410)
    t.strictSame((await send(app, 'POST', url, { queue: '', number: 1.5 })).json(), invalid(url, ['/queue', 'must not be empty'], ['/number', 'must be an integer']))
    t.equal((await send(app, 'GET', '/api/articles')).statusCode, 404, 'only what is declared is served')
  })

  t.test('a unique index over two fields names both', async (t) => {
    const held = await create(app, url, { queue: 'phone', number: 7 })
    const duplicate = await send(app, 'POST', url, { queue: 'phone', number: 7 })
    t.equal(duplicate.statusCode, 409)
    t.strictSame(duplicate.json(), problem('duplicate', 'Conflict', 409, 'A ticket with this queue and number already exists', url, {
      field: 'queue', fields: ['queue', 'number'], existing: { href: urlOf(held, url) }, currentVersion: 1
    }))
    for (const other of [{ queue: 'phone', number: 8 }, { queue: 'post', number: 7 }]) t.equal((await send(app, 'POST', url, other)).statusCode, 201)
  })

  t.test('an optional unique field is compared where it is there', async (t) => {
    const held = await create(app, url, { queue: 'r', number: 1, reference: 'X' })
    const without = await create(app, url, { queue: 'r', number: 2 })
    t.equal((await send(app, 'POST', url, { queue: 'r', number: 3 })).statusCode, 201)
    const taken = await send(app, 'PATCH', urlOf(without, url), { reference: 'X' }, { 'if-match': '"1"' })
    t.equal(taken.statusCode, 409)
    t.match(taken.json(), { fields: ['reference'], existing: { href: urlOf(held, url) } })
    t.equal((await send(app, 'PATCH', urlOf(held, url), { reference: null }, { 'if-match': '"1"' })).statusCode, 200)
    t.equal((await send(app, 'PATCH', urlOf(without, url), { reference: 'X' }, { 'if-match': '"1"' })).statusCode, 200, 'it became free')
  })
})
