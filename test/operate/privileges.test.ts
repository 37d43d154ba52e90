import { Type } from '@sinclair/typebox'
import { MongoClient, type Db } from 'mongodb'
import t from 'tap'
import { buildApp } from '../../src/app.js'
import { eraseDocument } from '../../src/erase/erase-document.js'
import { defineResource, users } from '../../src/index.js'
import { createPresenceLeases, type PresenceLease } from '../../src/live/presence-leases.js'
import { sectionsOf } from './sections.js'
import { runMongosh } from './mongosh.js'
import { startSecuredMongod } from './secured-mongod.js'

const [createRole = '', grantMore = ''] = sectionsOf('docs/operate.md', 'The role that it needs').code('js')
const [serverStatus = ''] = sectionsOf('docs/operate.md', 'What a refused write costs').code('js')
const notes = defineResource({ name: 'notes', noun: 'note', schema: Type.Object({ text: Type.String() }) })
const user = 'service'
const password = 'a long random password'

const { admin, uriOf } = await startSecuredMongod(t)
const uri = uriOf(user, encodeURIComponent(password))
const service = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 })
t.teardown(() => service.close())

const build = (database: string, tombstoneDays = 30, more = {}) => buildApp({ mongodbUri: uri, database, bodyLimit: 1_048_576, tombstoneDays, storeMode: 'group', requestTimeoutMs: 10_000, closeGraceMs: 1_000, ...more })

/** Asks for everything that the service can do. Throws where it can't. */
const exercise = async (database: string): Promise<void> => {
  const app = await build(database)
  const ask = async (expected: number, method: 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST', url: string, headers: Record<string, string> = {}, payload?: object) => {
    const reply = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) })
    if (reply.statusCode !== expected) throw new Error(`${method} ${url} is ${reply.statusCode}: ${reply.body}`)
    return reply.json<Record<string, unknown>>
  }
  const db: Db = service.db(database)
  try {
    await ask(200, 'GET', '/health/ready')
    const article = '/api/articles/66c0ffee0000000000000001'
    const person = '/api/users/66c0ffee0000000000000002'
    const stream = db.watch()
    try {
      await stream.tryNext()
      await ask(201, 'PUT', article, { 'if-none-match': '*' }, { title: 'A', body: 'x'.repeat(9_000) })
      await stream.next()
    } finally {
      await stream.close()
    }
    for (let version = 1; version < 18; version++) await ask(200, 'PATCH', article, { 'if-match': `"${version}"` }, { title: `A${version}`, body: String(version).repeat(4_000) })
    await ask(200, 'PATCH', article, { 'if-match': '"17"', prefer: 'conflict=merge' }, { tags: ['t'] })
    await ask(409, 'PATCH', article, { 'if-match': '"3"' }, { title: 'stale' })
    await ask(200, 'POST', `${article}/publish`)
    await ask(200, 'GET', article)
    await ask(200, 'GET', `${article}/revisions`)
    await ask(200, 'POST', `${article}/revisions/2/restore`, { 'if-match': '"20"' })
    await ask(201, 'POST', '/api/articles', { 'idempotency-key': `k-${database}` }, { title: 'B' })
    await ask(201, 'POST', '/api/articles', { 'idempotency-key': `k-${database}` }, { title: 'B' })
    await ask(201, 'PUT', person, { 'if-none-match': '*' }, { email: 'a@example.org', username: 'a' })
    await ask(409, 'POST', '/api/users', {}, { email: 'A@example.org', username: 'b' })
    const page = await ask(200, 'GET', '/api/articles?limit=1')
    await ask(200, 'GET', `/api/articles?limit=1&cursor=${String(page().next)}`)
    await ask(204, 'DELETE', person, { 'if-match': '"1"' })
    if (await eraseDocument({ db, resource: users, id: '66c0ffee0000000000000002', settleMs: 0 }) === undefined) throw new Error('nothing was erased')
  } finally {
    await app.close()
  }
  if (await db.collection('articles.revisions').countDocuments() === 0) throw new Error('no revisions were moved')
}

t.before(async () => {
  await runMongosh(admin, admin.db('noclobber'), createRole)
})

t.test('with just the role of the page the service does everything', async (t) => {
  await t.resolves(exercise('noclobber'))
  await t.resolves(exercise('noclobber').catch((error: unknown) => { if (!/PUT .* is 409/.test(String(error))) throw error }), 'it starts again on what it has made')
})

t.test('it lets processes tell each other who is in a document, and take it back', async (t) => {
  const leases = service.db('noclobber').collection<PresenceLease>('presence-leases')
  const faults: unknown[] = []
  const exchange = () => createPresenceLeases({ leases, onChange: () => undefined, onError: (error) => faults.push(error), everyMs: 10 })
  const [one, other] = [exchange(), exchange()]
  t.teardown(() => {
    one.stop()
    other.stop()
  })
  one.set('articles/1', ['ada'])
  for (const names of [['ben'], []]) {
    other.set('articles/1', names)
    while (one.elsewhere('articles/1').join() !== names.join() && faults.length === 0) await new Promise(setImmediate)
  }
  t.strictSame(faults, [])
})

t.test('it can end a cursor of its own, drop nothing, and see no other database', async (t) => {
  const db = service.db('noclobber')
  const { cursor } = await db.command({ find: 'articles', batchSize: 1 })
  const { id } = cursor as { id: unknown }
  t.match(await db.command({ killCursors: 'articles', cursors: [id] }), { cursorsKilled: [id] })
  await t.rejects(db.collection('articles').drop(), { code: 13 })
  await t.rejects(db.collection('articles').dropIndex('tombstones'), { code: 13 })
  await t.rejects(service.db('other').collection('a').findOne(), { code: 13 })
  await t.rejects(db.command({ dropDatabase: 1 }), { code: 13 })
})

t.test('TOMBSTONE_DAYS can be changed with the two actions that the page grants', async (t) => {
  const line = 'TOMBSTONE_DAYS has changed, and the user of MONGODB_URI may not change the index tombstones of articles: grant it the actions collMod and dropIndex for one start'
  for (const days of [7, 0]) await t.rejects(build('noclobber', days), { message: line })
  await runMongosh(admin, admin.db('noclobber'), grantMore)
  for (const days of [7, 0]) await (await build('noclobber', days)).close()
})

t.test('each action of the role is needed', async (t) => {
  const { roles: [role] } = await admin.db('admin').command({ rolesInfo: 'noclobber', showPrivileges: true }) as { roles: [{ privileges: { actions: string[] }[] }] }
  const needed = ['changeStream', 'createIndex', 'find', 'insert', 'listIndexes', 'remove', 'update']
  t.strictSame([...new Set(role.privileges.flatMap(({ actions }) => actions))].sort(), [...needed, 'collMod', 'dropIndex'].sort())
  for (const [i, left] of needed.entries()) {
    const database = `noclobber-${i}`
    const only = { resource: { db: database, collection: '' }, actions: needed.filter((action) => action !== left) }
    await admin.db('admin').command({ updateRole: 'noclobber', privileges: [only] })
    await t.rejects(exercise(database), /not authorized|is 500|is 503|no revisions/, left)
  }
})

t.test('each write that the database refuses counts in asserts.user, those that are done or known to be stale do not', async (t) => {
  await admin.db('admin').command({ updateRole: 'noclobber', privileges: [{ resource: { db: 'asserts', collection: '' }, actions: ['find', 'insert', 'update', 'remove', 'createIndex', 'listIndexes'] }] })
  const [one, other] = await Promise.all([build('asserts', 0, { resources: [notes] }), build('asserts', 0, { resources: [notes] })])
  t.teardown(async () => { await Promise.all([one.close(), other.close()]) })
  const url = '/api/notes/66c0ffee0000000000000001'
  const put = async (app: typeof one, version: number, text: string) => (await app.inject({ method: 'PUT', url, headers: version === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` }, payload: { text } })).statusCode
  const counted = async (write: (version: number) => Promise<void>, from: number): Promise<number> => {
    const refusals = async () => {
      const [status] = await runMongosh(admin, admin.db('noclobber'), serverStatus)
      return (status as { asserts: { user: number } }).asserts.user
    }
    const before = await refusals()
    for (let version = from; version < from + 40; version++) await write(version)
    return await refusals() - before
  }
  t.equal(await put(one, 0, 'A'), 201)
  const accepted = await counted(async (version) => { t.equal(await put(one, version, `A${version}`), 200) }, 1)
  const knownStale = await counted(async () => { t.equal(await put(one, 1, 'stale'), 409) }, 1)
  const refused = await counted(async (version) => {
    t.equal((await other.inject(url)).statusCode, 200)
    t.equal(await put(one, version, `B${version}`), 200)
    t.equal(await put(other, version, 'stale'), 409)
  }, 41)
  t.ok(accepted < 20, `accepted: ${accepted}`)
  t.ok(knownStale < 20, `known to be stale: ${knownStale}`)
  t.ok(refused >= 40, `refused: ${refused}`)
})
