import { EventEmitter, once } from 'node:events'
import Fastify from 'fastify'
import { ObjectId, MongoClient, type Db } from 'mongodb'
import t, { type Test } from 'tap'
import { errors } from '../../src/errors.js'
import { createKeyRecords, type KeyRecord } from '../../src/idempotency/key-records.js'
import { idempotencyKeyPlugin } from '../../src/plugins/idempotency-key.js'
import { jsonBodyPlugin } from '../../src/plugins/json-body.js'
import { problemDetailsPlugin } from '../../src/plugins/problem-details.js'
import { buildTestApp, storeModes } from '../app.js'
import { create, send, urlOf, type Document } from '../contract/stored.js'
import { mongodbUri } from '../mongodb-uri.js'
import { problem } from '../plugins/problem-app.js'
import { contentsOf } from './requests.js'

const reused = (url: string) => problem('idempotency-key-reused', 'Unprocessable Content', 422, 'This Idempotency-Key was used for another request', url)
const key = { 'idempotency-key': '"k"' }

t.test('another request with the key is 422, whatever differs', async (t) => {
  const { app } = await buildTestApp(t)
  const article = await create(app, '/api/articles', { title: 'A' })
  const url = urlOf(article)
  const headers = { ...key, 'if-match': '"1"' }
  const first = await send(app, 'PATCH', url, { title: 'B' }, headers)
  t.equal(first.statusCode, 200)
  const other = await create(app, '/api/articles', { title: 'A' })
  for (const [what, method, at, body, sent] of [
    ['the method', 'PUT', url, { title: 'B' }, headers],
    ['the document', 'PATCH', urlOf(other), { title: 'B' }, headers],
    ['the query', 'PATCH', `${url}?x`, { title: 'B' }, headers],
    ['the collection', 'POST', '/api/users', { email: 'ada@example.com', username: 'ada' }, key],
    ['the transition', 'POST', `${url}/publish`, undefined, key],
    ['Content-Type', 'PATCH', url, { title: 'B' }, { ...headers, 'content-type': 'application/merge-patch+json' }],
    ['If-Match', 'PATCH', url, { title: 'B' }, { ...headers, 'if-match': '"2"' }],
    ['no If-Match', 'PATCH', url, { title: 'B' }, key],
    ['If-None-Match', 'PATCH', url, { title: 'B' }, { ...headers, 'if-none-match': '"7"' }],
    ['Prefer', 'PATCH', url, { title: 'B' }, { ...headers, prefer: 'return=minimal' }],
    ['the body', 'PATCH', url, { title: 'C' }, headers],
    ['a byte of the body', 'PATCH', url, '{"title": "B"}', headers]
  ] as const) {
    const reply = await send(app, method, at, body, sent)
    t.equal(reply.statusCode, 422, what)
    t.strictSame(reply.json(), reused(at.replace('?x', '')), what)
  }
  t.strictSame(contentsOf(await send(app, 'PATCH', url, { title: 'B' }, headers)), contentsOf(first), 'and the first keeps its reply')
  t.strictSame((await send(app, 'GET', urlOf(other))).json(), other)
})

for (const storeMode of storeModes) {
  t.test(`the same key for a document that was deleted and created again (${storeMode})`, async (t) => {
    const { app } = await buildTestApp(t, { storeMode })
    const article = await create(app, '/api/articles', { title: 'A' })
    const url = urlOf(article)
    const first = await send(app, 'PATCH', url, { title: 'B' }, { ...key, 'if-match': '"1"' })
    await send(app, 'DELETE', url, undefined, { 'if-match': '"2"' })
    const again = await send(app, 'PUT', url, { title: 'again' }, { 'if-none-match': '*' })
    t.equal(again.json<Document>().version, 4)
    t.strictSame((await send(app, 'PATCH', url, { title: 'B' }, { ...key, 'if-match': '"4"' })).json(), reused(url))
    t.strictSame((await send(app, 'DELETE', url, undefined, { ...key, 'if-match': '"4"' })).json(), reused(url))
    t.strictSame(contentsOf(await send(app, 'PATCH', url, { title: 'B' }, { ...key, 'if-match': '"1"' })), contentsOf(first), 'the request that it was used for gets its reply still')
    t.strictSame((await send(app, 'GET', url)).json(), again.json())
  })

  t.test(`keys end after 24 hours (${storeMode})`, async (t) => {
    const { app, db } = await buildTestApp(t, { storeMode, keptBytes: 0 })
    const records = db.collection<KeyRecord>('idempotency-keys')
    t.match((await records.indexes()).find(({ name }) => name === 'expiry'), { key: { claimedAt: 1 }, expireAfterSeconds: 86_400 })
    const article = await create(app, '/api/articles', { title: 'A' })
    const url = urlOf(article)
    const patch = (change: object, ifMatch = '*') => send(app, 'PATCH', url, change, { ...key, 'if-match': ifMatch })
    t.match((await patch({ title: 'B' })).json(), { version: 2 })
    t.match(await records.findOne(), { claimedAt: Date, reply: { status: 200 } })

    t.test('then the key is that of any other request', async (t) => {
      await records.deleteMany()
      t.match((await patch({ title: 'C' })).json(), { version: 3, title: 'C' })
      await records.deleteMany()
      t.match((await patch({ body: 'x' })).json(), { version: 4, title: 'C', body: 'x' })
    })

    t.test('and the same request is done once more, also where the document still names it', async (t) => {
      const request = (await records.findOne())?.request
      await send(app, 'PATCH', url, { body: 'y' }, { 'if-match': '*' })
      for (const [hours, version, body] of [[1, 4, 'x'], [26, 6, 'x']] as const) {
        await records.deleteMany()
        await db.collection('articles').updateOne({ _id: new ObjectId(article.id) }, { $set: { keys: [{ key: request, version: 4, at: new Date(Date.now() - hours * 3_600_000) }] } })
        t.match((await patch({ body: 'x' })).json(), { version, title: 'C', body })
      }
    })
  })
}

t.test('a document names a request no longer than its reply is not kept', async (t) => {
  const { app, db } = await buildTestApp(t)
  const article = await create(app, '/api/articles', { title: 'A' })
  for (let version = 1; version < 20; version++) {
    await send(app, 'PATCH', urlOf(article), { body: String(version) }, { 'if-match': `"${version}"`, 'idempotency-key': `"key ${version}"` })
  }
  const stored = await db.collection<{ keys: object[] }>('articles').findOne()
  t.equal(stored?.keys.length, 1)
})

/** A service of one route whose handler waits at a gate. */
const gatedApp = async (t: Test, db: Db) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const [opening, arriving] = [new EventEmitter(), new EventEmitter()]
  const gate = { opened: once(opening, 'open'), arrival: once(arriving, 'arrived'), open: () => { opening.emit('open') }, count: 0, failing: false, conflicting: false }
  const records = createKeyRecords(db.collection<KeyRecord>('keys'))
  await records.open()
  await app.register(problemDetailsPlugin)
  await app.register(jsonBodyPlugin)
  await app.register(idempotencyKeyPlugin, { records, senderOf: ({ headers }) => String(headers['x-sender'] ?? '') })
  app.post('/things', { config: { idempotencyKey: {} } }, async (_request, reply) => {
    const count = ++gate.count
    arriving.emit('arrived')
    await gate.opened
    if (gate.failing) throw errors.unavailable({ members: { outcome: 'not-applied' } })
    if (gate.conflicting) throw errors.versionConflict({ headers: { etag: '"9"' } })
    return await reply.code(201).header('location', `/things/${count}`).send({ count })
  })
  await app.ready()
  return { app, gate }
}

t.test('the plugin by itself', (t) => {
  const client = new MongoClient(mongodbUri())
  const db = client.db(`idempotency-${new ObjectId().toHexString()}`)
  t.teardown(async () => {
    await db.dropDatabase()
    await client.close()
  })

  t.test('while the first still runs: 409 with Retry-After, and 422 for another request', async (t) => {
    const { app, gate } = await gatedApp(t, db)
    const first = send(app, 'POST', '/things', {}, key)
    await gate.arrival
    const second = await send(app, 'POST', '/things', {}, key)
    t.equal(second.statusCode, 409)
    t.equal(second.headers['retry-after'], '1')
    t.strictSame(second.json(), problem('request-in-progress', 'Conflict', 409, 'A request with this Idempotency-Key is still running', '/things', { retryable: true }))
    const other = await send(app, 'POST', '/things', { other: true }, key)
    t.strictSame(other.json(), reused('/things'))
    gate.open()
    t.strictSame((await first).json(), { count: 1 })
    const again = await send(app, 'POST', '/things', {}, key)
    t.strictSame(contentsOf(again), contentsOf(await first))
    t.equal(gate.count, 1)
  })

  t.test('a key is free again after what was surely not applied, unless an earlier request with it may have been', async (t) => {
    const keys = db.collection<KeyRecord>('keys')
    const { app, gate } = await gatedApp(t, db)
    const { app: other, gate: otherGate } = await gatedApp(t, db)
    otherGate.failing = true
    otherGate.open()
    const headers = { 'idempotency-key': '"failing"' }
    t.equal((await send(other, 'POST', '/things', {}, headers)).statusCode, 503)
    t.equal(await keys.countDocuments({ reply: { $exists: false } }), 0)

    const first = send(app, 'POST', '/things', {}, headers)
    await gate.arrival
    const claims = await keys.find({ reply: { $exists: false } }).toArray()
    t.equal(claims.length, 1)
    t.equal((await send(other, 'POST', '/things', {}, headers)).statusCode, 503)
    t.strictSame(await keys.find({ reply: { $exists: false } }).toArray(), claims.map((claim) => ({ ...claim, shared: true })))
    gate.open()
    t.equal((await first).statusCode, 201)
    t.strictSame(contentsOf(await send(other, 'POST', '/things', {}, headers)), contentsOf(await first))
  })

  t.test('two processes do one request: who finds it outdated once the other is done, and its document written again, gives the other\'s reply', async (t) => {
    const { app, gate } = await gatedApp(t, db)
    const { app: other, gate: otherGate } = await gatedApp(t, db)
    otherGate.conflicting = true
    const headers = { 'idempotency-key': '"in two processes"' }
    const first = send(app, 'POST', '/things', {}, headers)
    await gate.arrival
    const second = send(other, 'POST', '/things', {}, headers)
    await otherGate.arrival
    gate.open()
    t.equal((await first).statusCode, 201)
    otherGate.open()
    t.strictSame(contentsOf(await second), contentsOf(await first))
    t.equal((await second).headers['idempotency-replayed'], 'true')
    t.equal((await second).headers['cache-control'], (await first).headers['cache-control'])
  })

  t.test('a key is that of who sends it', async (t) => {
    const { app, gate } = await gatedApp(t, db)
    gate.open()
    const headers = { 'idempotency-key': '"of two"' }
    t.strictSame((await send(app, 'POST', '/things', {}, { ...headers, 'x-sender': 'ada' })).json(), { count: 1 })
    t.strictSame((await send(app, 'POST', '/things', { other: true }, { ...headers, 'x-sender': 'bob' })).json(), { count: 2 })
    t.strictSame((await send(app, 'POST', '/things', {}, { ...headers, 'x-sender': 'ada' })).json(), { count: 1 })
    t.strictSame((await send(app, 'POST', '/things', {}, { ...headers, 'x-sender': 'bob' })).json(), reused('/things'))
  })
  t.end()
})

for (const storeMode of storeModes) {
  t.test(`50 at once: one effect, the others the replay or 409 (${storeMode})`, async (t) => {
    const { app, db } = await buildTestApp(t, { storeMode })
    const { app: other } = await buildTestApp(t, { storeMode, database: db.databaseName })
    const article = await create(app, '/api/articles', { title: 'A', tags: [] })
    const url = urlOf(article)
    const append = [{ op: 'add', path: '/tags/-', value: 'x' }]
    const jsonPatch = { 'content-type': 'application/json-patch+json', 'if-match': '*' }
    for (const [method, at, body, headers, check] of [
      ['POST', '/api/articles', { title: 'posted' }, {}, async () => t.equal(await db.collection('articles').countDocuments({ 'data.title': 'posted' }), 1)],
      ['PATCH', url, append, jsonPatch, async () => t.match((await send(app, 'GET', url)).json(), { version: 2, tags: ['x'] })],
      ['DELETE', url, undefined, { 'if-match': '*' }, async () => t.match((await send(app, 'GET', url)).json(), { status: 410, currentVersion: 3 })]
    ] as const) {
      const keyed = { ...headers, 'idempotency-key': `"many ${method}"` }
      const replies = await Promise.all(Array.from({ length: 50 }, (_, i) => send(i % 2 === 0 ? app : other, method, at, body, keyed)))
      const done = replies.filter(({ statusCode }) => statusCode < 300)
      const [first] = done
      t.ok(first !== undefined)
      for (const reply of done) t.strictSame(contentsOf(reply), first && contentsOf(first))
      for (const reply of replies) {
        if (reply.statusCode >= 300) t.match([reply.statusCode, reply.headers['retry-after'], reply.json()], [409, '1', { type: '/problems/request-in-progress', retryable: true }])
      }
      await check()
      const again = await send(other, method, at, body, keyed)
      t.strictSame(contentsOf(again), first && contentsOf(first))
      t.equal(again.headers['idempotency-replayed'], 'true')
      await check()
    }
  })
}
