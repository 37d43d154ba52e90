import t from 'tap'
import { buildTestApp } from '../app.js'
import { problem } from '../plugins/problem-app.js'
import { create, send, urlOf, type Document } from './stored.js'

const users = '/api/users'
const duplicate = (field: string, instance: string, holder: Document, noun = 'A user', fields = [field]) =>
  problem('duplicate', 'Conflict', 409, `${noun} with this ${fields.join(' and ')} already exists`, instance, { field, fields, existing: { href: urlOf(holder, users) }, currentVersion: holder.version })

t.test('duplicates', async (t) => {
  const { app } = await buildTestApp(t)
  const ada = await create(app, users, { email: 'Ada@Example.com', username: 'ada', name: 'Ada' })
  const held = (await send(app, 'PATCH', urlOf(ada, users), { name: 'Ada L.' }, { 'if-match': '"1"' })).json<Document>()
  t.equal(held.version, 2)

  t.test('the e-mail of another user, whatever its case, and stored as sent', async (t) => {
    t.equal(held.email, 'Ada@Example.com')
    for (const email of ['Ada@Example.com', 'ada@example.com', 'ADA@EXAMPLE.COM']) {
      const reply = await send(app, 'POST', users, { email, username: 'other' })
      t.equal(reply.statusCode, 409)
      t.strictSame(reply.json(), duplicate('email', users, held))
      t.notOk('etag' in reply.headers, 'its currentVersion is another document\'s')
      t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    }
  })

  t.test('a username, with regard to case', async (t) => {
    const reply = await send(app, 'POST', users, { email: 'b@example.com', username: 'ada' })
    t.equal(reply.statusCode, 409)
    t.strictSame(reply.json(), duplicate('username', users, held))
    t.equal((await send(app, 'POST', users, { email: 'b@example.com', username: 'Ada' })).statusCode, 201)
  })

  t.test('by PUT, PATCH and create-only PUT', async (t) => {
    const bob = await create(app, users, { email: 'bob@example.com', username: 'bob' })
    const url = urlOf(bob, users)
    for (const [method, at, body, headers] of [
      ['PUT', url, { email: 'ADA@example.com', username: 'bob' }, { 'if-match': '"1"' }],
      ['PATCH', url, { email: 'ADA@example.com' }, { 'if-match': '"1"' }],
      ['PATCH', url, { email: 'ADA@example.com' }, { 'if-match': '*' }],
      ['PUT', `${users}/${'d'.repeat(24)}`, { email: 'ADA@example.com', username: 'dora' }, { 'if-none-match': '*' }]
    ] as const) {
      const reply = await send(app, method, at, body, headers)
      t.equal(reply.statusCode, 409)
      t.strictSame(reply.json(), duplicate('email', at, held))
      t.notOk('etag' in reply.headers)
    }
    t.strictSame((await send(app, 'GET', url)).json(), bob)
    t.equal((await send(app, 'GET', `${users}/${'d'.repeat(24)}`)).statusCode, 404)
    const own = await send(app, 'PUT', url, { email: 'BOB@example.com', username: 'bob' }, { 'if-match': '"1"' })
    t.equal(own.statusCode, 200, 'a value of one\'s own is no duplicate')
    t.match(own.json(), { email: 'BOB@example.com', version: 2 })
  })

  t.test('a value that only differs by an accent, or looks like an operator, is another', async (t) => {
    for (const [i, email] of ['\u00e1da@example.com', '$ne@example.com', '$$ROOT@example.com'].entries()) {
      t.equal((await send(app, 'POST', users, { email, username: `u${i}` })).statusCode, 201)
    }
  })

  t.test('values of a deleted document are free again, and those of a re-created one taken', async (t) => {
    const content = { email: 'eve@example.com', username: 'eve' }
    const eve = await create(app, users, content)
    t.equal((await send(app, 'DELETE', urlOf(eve, users), undefined, { 'if-match': '"1"' })).statusCode, 204)
    const second = await create(app, users, content)
    const again = await send(app, 'PUT', urlOf(eve, users), content, { 'if-none-match': '*' })
    t.equal(again.statusCode, 409)
    t.strictSame(again.json(), duplicate('email', urlOf(eve, users), second))
    t.equal((await send(app, 'DELETE', urlOf(second, users), undefined, { 'if-match': '"1"' })).statusCode, 204)
    const recreated = await send(app, 'PUT', urlOf(eve, users), content, { 'if-none-match': '*' })
    t.equal(recreated.statusCode, 201)
    t.match(recreated.json(), { version: 3 })
    t.strictSame((await send(app, 'POST', users, content)).json(), duplicate('email', users, recreated.json<Document>()))
  })
})
