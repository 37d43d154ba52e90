import Fastify, { type FastifyInstance } from 'fastify'
import { MongoClient, type Document } from 'mongodb'
import t, { type Test } from 'tap'
import { mongodb } from '../../src/conflict-translators/mongodb.js'
import { conflictRepliesPlugin, type ConflictRepliesOptions, type HeldValues } from '../../src/plugins/conflict-replies.js'
import { problemDetailsPlugin } from '../../src/plugins/problem-details.js'
import { mongodbUri } from '../mongodb-uri.js'
import { problem } from './problem-app.js'

const client = await MongoClient.connect(mongodbUri())
const db = client.db('conflict_replies')
t.teardown(async () => {
  await db.dropDatabase()
  await client.close()
})
const users = db.collection('users')
const nocase = { locale: 'en', strength: 2 }
await users.createIndexes([
  { key: { email: 1 }, unique: true, collation: nocase },
  { key: { team: 1, name: 1 }, unique: true, partialFilterExpression: { team: { $exists: true } } }
])
await users.insertOne({ _id: 'ada', email: 'ada@example.com', team: 't', name: 'n', version: 3 } as Document)

const findExisting = async ({ values }: HeldValues) => {
  const holder = await users.findOne(values, { collation: nocase })
  return holder === null ? undefined : { href: `/users/${String(holder._id)}`, version: Number(holder.version) }
}

const build = async (t: Test, options: Partial<ConflictRepliesOptions>, addRoutes: (app: FastifyInstance) => void = () => undefined, before: (app: FastifyInstance) => unknown = () => undefined) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await before(app)
  await app.register(conflictRepliesPlugin, { translators: [mongodb], noun: 'user', ...options })
  app.post('/users', async (request) => users.insertOne({ ...request.body as Document }))
  addRoutes(app)
  return app
}

const duplicate = (members: object, detail = 'A user with this email already exists') => problem('duplicate', 'Conflict', 409, detail, '/users', members)
const create = (app: FastifyInstance, payload: object) => app.inject({ method: 'POST', url: '/users', payload })

t.test('a duplicate names the field and who holds the value, with and without problem-details', async (t) => {
  for (const before of [() => undefined, (app: FastifyInstance) => app.register(problemDetailsPlugin)]) {
    const app = await build(t, { findExisting }, undefined, before)
    const reply = await create(app, { email: 'ADA@example.com' })
    t.equal(reply.statusCode, 409)
    t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    t.notOk('etag' in reply.headers)
    t.strictSame(reply.json(), duplicate({ field: 'email', fields: ['email'], existing: { href: '/users/ada' }, currentVersion: 3 }))
  }
})

t.test('a compound index names all its fields', async (t) => {
  const app = await build(t, { findExisting })
  t.strictSame((await create(app, { email: 'b', team: 't', name: 'n' })).json(),
    duplicate({ field: 'team', fields: ['team', 'name'], existing: { href: '/users/ada' }, currentVersion: 3 }, 'A user with this team and name already exists'))
})

t.test('revealExisting: false asks nobody, and tells nobody', async (t) => {
  let asked = 0
  const app = await build(t, { revealExisting: false, findExisting: () => { asked++; return { href: '/secret' } } })
  t.strictSame((await create(app, { email: 'ada@example.com' })).json(), duplicate({ field: 'email', fields: ['email'] }))
  t.equal(asked, 0)
})

t.test('a holder that is gone by now, or cannot be looked up: the refusal stands', async (t) => {
  for (const find of [() => undefined, () => { throw new Error('no primary') }, () => Promise.reject(new Error('no primary'))]) {
    const app = await build(t, { findExisting: find })
    const reply = await create(app, { email: 'ada@example.com' })
    t.strictSame(reply.json(), duplicate({ field: 'email', fields: ['email'] }))
  }
})

t.test('a taken _id is no duplicate of a field', async (t) => {
  const app = await build(t, { findExisting })
  t.strictSame((await create(app, { _id: 'ada', email: 'c' })).json(), problem('already-exists', 'Conflict', 409, 'A user with this id already exists', '/users'))
})

t.test('a route may have its own noun, or be left alone', async (t) => {
  const app = await build(t, {}, (app) => {
    const handler = () => users.insertOne({ email: 'ada@example.com' })
    app.post('/authors', { config: { conflictReplies: { noun: 'author' } } }, handler)
    app.post('/raw', { config: { conflictReplies: false } }, handler)
  })
  t.equal((await app.inject({ method: 'POST', url: '/authors' })).json<{ message: string }>().message, 'An author with this email already exists')
  t.equal((await app.inject({ method: 'POST', url: '/raw' })).statusCode, 500)
})

t.test('errors from hooks, from callbacks, and wrapped in others', async (t) => {
  const app = await build(t, {}, (app) => {
    const write = () => users.insertOne({ email: 'ada@example.com' })
    app.post('/hook', { preHandler: async () => { await write() } }, () => 'done')
    app.post('/callback', (_request, reply) => { write().catch((error: unknown) => reply.send(error)) })
    app.post('/wrapped', async () => {
      await write().catch((cause: unknown) => { throw new Error('The query failed', { cause: new Error('The driver failed', { cause }) }) })
    })
    app.post('/endless', () => {
      const error = new Error('round')
      error.cause = error
      throw error
    })
  })
  for (const url of ['/hook', '/callback', '/wrapped']) {
    t.strictSame((await app.inject({ method: 'POST', url })).json(), problem('duplicate', 'Conflict', 409, 'A user with this email already exists', url, { field: 'email', fields: ['email'] }))
  }
  t.equal((await app.inject({ method: 'POST', url: '/endless' })).statusCode, 500)
})

t.test('any other error goes where it would have gone', async (t) => {
  const fail = () => { throw Object.assign(new Error('teapot'), { statusCode: 418 }) }
  const plain = await build(t, {}, (app) => { app.get('/', fail) })
  t.strictSame((await plain.inject('/')).json(), { statusCode: 418, error: "I'm a Teapot", message: 'teapot' })

  const seen: string[] = []
  const own = await build(t, {}, (app) => {
    app.addHook('onError', (_request, _reply, error, done) => { seen.push(error.message); done() })
    app.get('/', fail)
    app.get('/sync', { errorHandler: (error, _request, reply) => { void reply.code(400).send({ route: error.message }) } }, fail)
    app.get('/async', { errorHandler: (error) => ({ route: error.message }) as unknown as undefined }, fail)
    app.get('/later', { errorHandler: (error, _request, reply) => { setImmediate(() => { void reply.code(400).send({ route: error.message }) }) } }, fail)
    app.get('/throws', { errorHandler: () => { throw new Error('again') } }, fail)
  }, (app) => { app.setErrorHandler((error: Error, _request, reply) => { void reply.code(400).send({ app: error.message }) }) })
  t.strictSame((await own.inject('/')).json(), { app: 'teapot' })
  t.strictSame((await own.inject('/sync')).json(), { route: 'teapot' })
  t.strictSame((await own.inject('/async')).json(), { route: 'teapot' })
  t.strictSame((await own.inject('/later')).json(), { route: 'teapot' })
  t.strictSame((await own.inject('/throws')).json(), { app: 'again' })
  t.strictSame((await create(own, { email: 'ada@example.com' })).json(), duplicate({ field: 'email', fields: ['email'] }))
  t.match(seen, ['teapot', 'teapot', 'teapot', 'teapot', 'teapot', /^E11000/])
  t.equal(seen.length, 6)
})

t.test('a database of your own', async (t) => {
  const app = await build(t, {
    translators: [(error) => error instanceof RangeError ? { primaryKey: false, fields: ['isbn'], values: {} } : undefined],
    noun: 'book'
  }, (app) => { app.post('/books', () => { throw new RangeError() }) })
  t.strictSame((await app.inject({ method: 'POST', url: '/books' })).json(), problem('duplicate', 'Conflict', 409, 'A book with this isbn already exists', '/books', { field: 'isbn', fields: ['isbn'] }))
})

t.test('toConflict, for an error handler of your own', async (t) => {
  const app = await build(t, {}, (app) => {
    app.post('/own', { config: { emptyBody: true } }, async (request, reply) => {
      const error = await users.insertOne({ email: 'ada@example.com' }).catch((error: unknown) => error)
      const conflict = await app.toConflict(error, request)
      return reply.code(200).send({ code: conflict?.code, members: conflict?.members, other: await app.toConflict(new Error(), request) ?? null })
    })
  })
  t.strictSame((await app.inject({ method: 'POST', url: '/own' })).json(), { code: 'NOCLOBBER_DUPLICATE', members: { field: 'email', fields: ['email'] }, other: null })
})

t.test('without a translator it does not start', async (t) => {
  for (const translators of [[], undefined]) {
    const app = Fastify()
    app.register(conflictRepliesPlugin, { translators } as unknown as ConflictRepliesOptions)
    await t.rejects(Promise.resolve(app.ready()), { message: /^conflict-replies: translators must be a list of at least one translator, not / })
  }
})
