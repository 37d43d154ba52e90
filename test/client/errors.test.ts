import t from 'tap'
import {
  AlreadyExists, BadRequest, DuplicateKey, Gone, Invalid, NoclobberError, NotFound, PatchTestFailed, PreconditionRequired, StateConflict, VersionConflict, createClient
} from '../../src/client/index.js'
import { problem } from '../plugins/problem-app.js'
import { startService, type Article, type User } from './service.js'

const base = await startService(t)
const articles = createClient<Article>({ url: `${base}/api/articles` })
const users = createClient<User>({ url: `${base}/api/users` })

const caught = async (work: Promise<unknown>): Promise<NoclobberError> => {
  const error: unknown = await work.then(() => new Error('it did not fail'), (error: unknown) => error)
  if (error instanceof NoclobberError) return error
  throw error
}

t.test('each error has a class, and the body of the reply', async (t) => {
  const user = await users.create({ email: 'ada@example.com', username: 'ada' })
  const duplicate = await caught(users.create({ email: 'ADA@example.com', username: 'countess' }))
  t.ok(duplicate instanceof DuplicateKey)
  t.strictSame(duplicate.body, problem('duplicate', 'Conflict', 409, 'A user with this email already exists', '/api/users', { field: 'email', fields: ['email'], existing: { href: `/api/users/${user.id}` }, currentVersion: 1 }))
  t.strictSame([duplicate.name, duplicate.message, duplicate.status, duplicate.outcome], ['DuplicateKey', 'A user with this email already exists', 409, 'not-applied'])

  const article = await articles.create({ title: 'A' })
  const url = `/api/articles/${article.id}`
  const state = await caught(articles.transition(article.id, 'archive'))
  t.ok(state instanceof StateConflict)
  t.strictSame(state.body, problem('state-conflict', 'Conflict', 409, 'The state is draft, which does not allow archive', `${url}/archive`, { currentState: 'draft', requestedTransition: 'archive', allowedTransitions: ['publish'], currentVersion: 1, retryable: false }))

  const exists = await caught(articles.create({ title: 'B' }, { id: article.id }))
  t.ok(exists instanceof AlreadyExists)
  t.match(exists.body, { currentVersion: 1 })

  const test = await caught(articles.patch(article.id, [{ op: 'test', path: '/title', value: 'B' }]))
  t.ok(test instanceof PatchTestFailed)
  t.match(test.body, { pointer: '/title', operation: 0 })

  const invalid = await caught(articles.patch(article.id, { title: '', body: 1 as unknown as string }))
  if (!(invalid instanceof Invalid)) throw invalid
  t.strictSame(invalid.body.errors?.map(({ pointer }) => pointer), ['/title', '/body'])

  const conflict = await caught(articles.patch(article.id, { title: 'B' }, { version: 7 }))
  t.ok(conflict instanceof VersionConflict)
  t.match(conflict, { version: 1, body: { currentVersion: 1, yourVersion: 7, current: article } })

  t.ok(await caught(articles.get('ffffffffffffffffffffffff')) instanceof NotFound)
  t.ok(await caught(articles.get('no id')) instanceof BadRequest)
  await articles.delete(article.id)
  const gone = await caught(articles.get(article.id))
  t.ok(gone instanceof Gone)
  t.match(gone, { version: 2, outcome: undefined })
  t.ok(await caught(articles.revision(article.id, 2)) instanceof Gone)
})

t.test('a change that names no version is not sent', async (t) => {
  let sent = 0
  const blind = createClient<Article>({ url: `${base}/api/articles`, fetch: (url, init) => { sent++; return fetch(url, init) } })
  const { id } = await articles.create({ title: 'A' })
  for (const work of [blind.put(id, { title: 'B' }), blind.patch(id, { title: 'B' }), blind.delete(id), blind.restore(id, 1)]) {
    const error = await caught(work)
    t.ok(error instanceof PreconditionRequired)
    t.match(error, { status: undefined, outcome: 'not-applied', message: `No version of ${id} is known: get it first, or say which version this changes` })
  }
  t.equal(sent, 0)
  t.match(await blind.patch(id, { title: 'B' }, { version: 1 }), { title: 'B' })
})
