import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { ObjectId, type Db, type Document } from 'mongodb'
import t from 'tap'
import { eraseCommand } from '../../src/erase/erase-command.js'
import { eraseDocument } from '../../src/erase/erase-document.js'
import { users } from '../../src/index.js'
import { buildTestApp, storeModes } from '../app.js'
import { mongodbUri } from '../mongodb-uri.js'
import { runTypeScript } from '../run-typescript.js'

const id = '66c0ffee000000000000000a'
const url = `/api/users/${id}`
const ada = { email: 'ada@personal.example', username: 'ada-personal' }

const asks = (app: FastifyInstance) => async (method: 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST', path: string, headers: Record<string, string> = {}, payload?: object) => {
  const { statusCode, body, headers: { etag } } = await app.inject({ method, url: path, headers, ...(payload !== undefined && { payload }) })
  return { status: statusCode, etag, body: (body === '' ? {} : JSON.parse(body)) as Document }
}

/** Everything that the database holds, as text. */
const everything = async (db: Db): Promise<string> =>
  JSON.stringify(await Promise.all((await db.listCollections().toArray()).map(async ({ name }) => [name, await db.collection(name).find().toArray()])))

/** Twenty versions of a user, enough for revisions to be moved; the last writes have a key. */
const history = async (ask: ReturnType<typeof asks>) => {
  t.equal((await ask('PUT', url, { 'if-none-match': '*', 'idempotency-key': 'k-created' }, ada)).status, 201)
  for (let version = 1; version < 19; version++) t.equal((await ask('PATCH', url, { 'if-match': `"${version}"` }, { name: `personal ${version}` })).status, 200)
  t.equal((await ask('PATCH', url, { 'if-match': '"19"', 'idempotency-key': 'k-edited' }, { name: 'personal 19' })).status, 200)
}

for (const storeMode of storeModes) {
  t.test(`nothing of an erased document is stored or shown, by a service that had it in memory (${storeMode})`, async (t) => {
    const { app, db } = await buildTestApp(t, { storeMode })
    const { app: other } = await buildTestApp(t, { storeMode, database: db.databaseName })
    const [ask, askOther] = [asks(app), asks(other)]
    await history(ask)
    t.equal((await askOther('GET', url)).status, 200)
    while (await db.collection('users.revisions').countDocuments() === 0) t.equal((await ask('GET', url)).status, 200)
    t.match(await everything(db), /personal 3/)
    const [page] = await db.collection('users.revisions').find().toArray()

    const erased = await eraseDocument({ db, resource: users, id, settleMs: 0 })
    t.match(erased, { version: 21, replies: 2 })
    t.ok(Number(erased?.pages) >= 1)
    t.notMatch(await everything(db), /personal/)
    t.strictSame(Object.keys(await db.collection('users').findOne({}) ?? {}).filter((field) => !['keys', 'writes'].includes(field)).sort(), ['_id', 'change', 'createdAt', 'deletedAt', 'erasedThrough', 'updatedAt', 'version'])

    // What a service was just moving when it was erased, and the last version as a revision tells it.
    const at = new Date()
    const last: Document = { _id: { d: new ObjectId(id), v: 20 }, bytes: 99, movedAt: at, revisions: [{ version: 20, at, write: 'w', content: { ...ada, name: 'personal 19' }, createdAt: at }] }
    await db.collection('users.revisions').insertMany([page ?? {}, last])
    const hidden = async () => {
      for (const each of [ask, askOther]) {
        const gone = await each('GET', url)
        t.match(gone, { status: 410, body: { currentVersion: 21 } })
        const revisions = await each('GET', `${url}/revisions`)
        t.match(revisions.body, { items: [{ version: 21, kind: 'deleted' }] })
        t.equal((await each('GET', `${url}/revisions/20`)).status, 404)
        t.equal((await each('GET', `${url}/revisions/5`)).status, 404)
        const stale = await each('PATCH', url, { 'if-match': '"20"', prefer: 'conflict=merge' }, { name: 'again' })
        t.match(stale, { status: 409, body: { deleted: true, currentVersion: 21, historyTruncated: true } })
        t.notMatch(JSON.stringify([gone, revisions, stale]), /personal/)
        t.equal((await each('POST', `${url}/revisions/20/restore`, { 'if-match': '"21"' })).status, 404)
      }
    }
    await hidden()

    t.strictSame(await ask('PUT', url, { 'if-none-match': '*', 'idempotency-key': 'k-created' }, ada), { status: 201, etag: '"1"', body: {} }, 'a request that is sent again is not done again')
    t.strictSame(await ask('PATCH', url, { 'if-match': '"19"', 'idempotency-key': 'k-edited' }, { name: 'personal 19' }), { status: 204, etag: '"20"', body: {} })
    await hidden()

    t.strictSame(await eraseDocument({ db, resource: users, id, settleMs: 0 }), { version: 21, pages: 2, replies: 0 }, 'again it finds what came late')
    t.notMatch(await everything(db), /personal/)

    const again = { email: 'new@example.org', username: 'new' }
    t.match(await ask('PUT', url, { 'if-none-match': '*' }, again), { status: 201, etag: '"22"' })
    t.match(await askOther('PATCH', url, { 'if-match': '"22"' }, { name: 'New' }), { status: 200, etag: '"23"' })
    await db.collection('users.revisions').insertOne(page ?? {})
    for (const each of [ask, askOther]) {
      const { body: { items } } = await each('GET', `${url}/revisions`)
      t.strictSame((items as Document[]).map((item) => [item.version as unknown, item.kind as unknown]), [[23, 'updated'], [22, 'created'], [21, 'deleted']])
      const stale = await each('PATCH', url, { 'if-match': '"19"', prefer: 'conflict=merge' }, { name: 'again' })
      t.match(stale, { status: 409, body: { current: { ...again, name: 'New' }, historyTruncated: true } })
      t.notMatch(JSON.stringify(stale), /personal/)
    }
    t.equal((await ask('DELETE', url, { 'if-match': '"23"' })).status, 204)
    t.equal((await ask('GET', `${url}/revisions/20`)).status, 404)
    t.equal((await askOther('GET', `${url}/revisions/22`)).status, 200)
  })
}

t.test('a deleted document is erased too, and keeps the date of its deletion', async (t) => {
  const { app, db } = await buildTestApp(t)
  const ask = asks(app)
  await history(ask)
  t.equal((await ask('DELETE', url, { 'if-match': '"20"' })).status, 204)
  const before = await ask('GET', url)
  t.match(await eraseDocument({ db, resource: users, id, settleMs: 0 }), { version: 22 })
  t.match(await ask('GET', url), { status: 410, body: { currentVersion: 22, deletedAt: before.body.deletedAt as string } })
  t.equal((await ask('GET', `${url}/revisions/20`)).status, 404)
  t.notMatch(await everything(db), /personal/)
})

t.test('other documents are left alone', async (t) => {
  const { app, db } = await buildTestApp(t)
  const ask = asks(app)
  await history(ask)
  const other = url.replace(/a$/, 'b')
  const bob = { email: 'bob@example.org', username: 'bob' }
  t.equal((await ask('PUT', other, { 'if-none-match': '*', 'idempotency-key': 'k-bob' }, bob)).status, 201)
  t.equal((await ask('PATCH', other, { 'if-match': '"1"' }, { name: 'Bob' })).status, 200)
  await eraseDocument({ db, resource: users, id, settleMs: 0 })
  t.match(await ask('GET', `${other}/revisions/1`), { status: 200, body: bob })
  t.match(await ask('PUT', other, { 'if-none-match': '*', 'idempotency-key': 'k-bob' }, bob), { status: 201, body: bob })
})

t.test('an edit that comes while it is erased is erased, or comes too late', async (t) => {
  const { app, db } = await buildTestApp(t)
  const ask = asks(app)
  await history(ask)
  const edits = Array.from({ length: 20 }, async (_, i) => await ask('PATCH', url, { 'if-match': '*' }, { name: `personal then ${i}` }))
  const [erased] = await Promise.all([eraseDocument({ db, resource: users, id, settleMs: 0 }), ...edits])
  const statuses = await Promise.all(edits.map(async (edit) => (await edit).status))
  t.strictSame(statuses.filter((status) => status !== 200 && status !== 410), [])
  t.match(await ask('GET', url), { status: 410, body: { currentVersion: erased?.version } })
  t.equal(erased?.version, 21 + statuses.filter((status) => status === 200).length)
  await app.close()
  await eraseDocument({ db, resource: users, id, settleMs: 0 })
  t.notMatch(await everything(db), /personal/)
})

t.test('an id that was never there, and one of no valid form', async (t) => {
  const { db } = await buildTestApp(t)
  t.equal(await eraseDocument({ db, resource: users, id, settleMs: 0 }), undefined)
  t.equal(await db.collection('users').findOne({ _id: new ObjectId(id) }), null)
  await t.rejects(eraseDocument({ db, resource: users, id: 'ada', settleMs: 0 }), new TypeError('an id of users is 24 hexadecimal digits'))
})

t.test('npm run erase', async (t) => {
  const { app, db } = await buildTestApp(t)
  const ask = asks(app)
  await history(ask)
  const command = (argument?: string, MONGODB_URI = mongodbUri()) => eraseCommand(argument, { env: { MONGODB_URI, MONGODB_DB: db.databaseName }, log: () => undefined, settleMs: 0 })
  const never = id.replace(/a$/, 'c')
  await t.rejects(command(`users/${never}`), { message: `users/${never} is not in the database ${db.databaseName}, and never was: nothing was erased` })
  await t.rejects(command(), { message: 'Say what to erase: npm run erase -- users/ID' })
  await t.rejects(command('people/1'), { message: 'There is no resource people: there are articles and users' })
  await t.rejects(command('users/1'), { message: '"1" is no id of users, which is 24 hexadecimal digits' })
  const unreachable = 'mongodb://somebody:secret@127.0.0.1:1/?replicaSet=rs0'
  await t.rejects(command(`users/${id}`, unreachable).catch((error: unknown) => { throw error instanceof Error && !error.message.includes('secret') ? error : new Error('it tells the password') }), { message: /ECONNREFUSED/ })
  t.match(await command(`users/${id}`), new RegExp(`^users/${id} is erased: its content, \\d pages of revisions, 2 kept replies; its tombstone is version 21$`))
  t.equal((await ask('GET', url)).status, 410)
})

t.test('npm run erase on the data of a service that has stopped, whose mongod is its own', async (t) => {
  const env = { DATA_DIR: t.testdir({}), MONGOD_BINARY: process.env.MONGOD_BINARY }
  await t.rejects(eraseCommand(`users/${id}`, { env, log: () => undefined }), { message: `users/${id} is not in the database noclobber, and never was: nothing was erased` })
  const [program, args] = runTypeScript('src/erase/main.ts')
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [ended, out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  t.strictSame([ended, out, err], [[1, null], '', 'noclobber: Say what to erase: npm run erase -- users/ID\n'])
})
