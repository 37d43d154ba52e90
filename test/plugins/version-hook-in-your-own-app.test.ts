import Fastify from 'fastify'
import { readFileSync } from 'node:fs'
import { MongoClient } from 'mongodb'
import t from 'tap'
import { mongodbUri } from '../mongodb-uri.js'
import { notesApp, type Note } from './own-app.js'

const client = new MongoClient(mongodbUri())
const notes = client.db('noclobber-own-app').collection<Note>('notes')
const app = Fastify()

t.before(async () => {
  await notes.drop()
  await app.register(notesApp, { notes })
})
t.teardown(async () => {
  await app.close()
  await client.close()
})
t.beforeEach(async () => {
  await notes.deleteMany({})
  await notes.insertOne({ _id: 'n', version: 5, text: 'A' })
})

const patch = async (text: string, headers: Record<string, string>, id = 'n') => {
  const { statusCode, headers: { etag }, body } = await app.inject({ method: 'PATCH', url: `/notes/${id}`, headers, payload: { text } })
  return { statusCode, etag, body: JSON.parse(body) as unknown }
}

t.test('the snippet is under 20 lines', (t) => {
  t.ok(readFileSync('test/plugins/own-app.ts', 'utf8').trimEnd().split('\n').length < 20)
  t.end()
})

t.test('reads', async (t) => {
  const whole = await app.inject('/notes/n')
  t.equal(whole.statusCode, 200)
  t.strictSame(whole.json(), { _id: 'n', version: 5, text: 'A' })
  t.match(whole.headers, { etag: '"5"', 'cache-control': 'private, no-cache' })

  const unchanged = await app.inject({ url: '/notes/n', headers: { 'if-none-match': 'W/"5"' } })
  t.strictSame([unchanged.statusCode, unchanged.headers.etag, unchanged.body], [304, '"5"', ''])

  const nothing = await app.inject('/notes/x')
  t.equal(nothing.statusCode, 404)
  t.strictSame(nothing.json(), { statusCode: 404, code: 'NOCLOBBER_NOT_FOUND', error: 'Not Found', message: 'There is nothing here' })
})

t.test('an edit of the version that is stored is done', async (t) => {
  t.strictSame(await patch('B', { 'if-match': '"5"' }), { statusCode: 200, etag: '"6"', body: { _id: 'n', version: 6, text: 'B' } })
  t.strictSame(await notes.findOne({ _id: 'n' }), { _id: 'n', version: 6, text: 'B' })
})

t.test('an edit of another version gets what it needs to be resolved, and writes nothing', async (t) => {
  t.strictSame(await patch('B', { 'if-match': '"4"' }), {
    statusCode: 409,
    etag: '"5"',
    body: {
      statusCode: 409,
      code: 'NOCLOBBER_VERSION_CONFLICT',
      error: 'Conflict',
      message: 'The resource has been modified by another user',
      currentVersion: 5,
      yourVersion: 4,
      current: { _id: 'n', version: 5, text: 'A' },
      retryable: false
    }
  })
  t.strictSame(await notes.findOne({ _id: 'n' }), { _id: 'n', version: 5, text: 'A' })
})

t.test('an edit that names no version is told which to name, and writes nothing', async (t) => {
  t.strictSame(await patch('B', {}), {
    statusCode: 428,
    etag: '"5"',
    body: {
      statusCode: 428,
      code: 'NOCLOBBER_PRECONDITION_REQUIRED',
      error: 'Precondition Required',
      message: 'Say which version this changes: send its entity-tag in If-Match. That of the current version is "5"',
      currentVersion: 5
    }
  })
  t.strictSame(await notes.findOne({ _id: 'n' }), { _id: 'n', version: 5, text: 'A' })
})

t.test('an edit of what is not there is not found, and creates nothing', async (t) => {
  t.equal((await patch('B', { 'if-match': '*' }, 'x')).statusCode, 404)
  t.equal(await notes.countDocuments(), 1)
})

t.test('of 20 simultaneous edits of one version, one is done, and all others see it', async (t) => {
  const replies = await Promise.all(Array.from({ length: 20 }, (_, at) => patch(`edit ${at}`, { 'if-match': '"5"' })))
  const stored = await notes.findOne({ _id: 'n' })
  t.strictSame(replies.filter(({ statusCode }) => statusCode === 200), [{ statusCode: 200, etag: '"6"', body: stored }])
  const refused = replies.filter(({ statusCode }) => statusCode === 409)
  t.equal(refused.length, 19)
  for (const { etag, body } of refused) t.match({ etag, body }, { etag: '"6"', body: { currentVersion: 6, yourVersion: 5, current: stored } })
})
