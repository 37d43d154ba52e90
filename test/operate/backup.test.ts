import type { FastifyInstance } from 'fastify'
import { MongoClient, type Db, type Document } from 'mongodb'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { mongodbUri } from '../mongodb-uri.js'
import { runMongosh } from './mongosh.js'
import { sectionsOf } from './sections.js'

const [lift = ''] = sectionsOf('docs/operate.md', 'Backup and restore').code('js')
const url = '/api/articles/66c0ffee0000000000000001'
const client = new MongoClient(mongodbUri())
t.teardown(() => client.close())

/** The order of the page. */
const collections = ['idempotency-keys', 'articles', 'users', 'articles.revisions', 'users.revisions']

type Copy = ReadonlyMap<string, readonly Document[]>

/** Copies the collections one after the other; `between` runs before each but the first. */
const copy = async (db: Db, between: () => Promise<void>): Promise<Copy> => {
  const copied = new Map<string, Document[]>()
  for (const name of collections) {
    if (copied.size > 0) await between()
    copied.set(name, await db.collection(name).find().toArray())
  }
  return copied
}

const restore = async (db: Db, copied: Copy): Promise<void> => {
  await db.dropDatabase()
  for (const [name, documents] of copied) if (documents.length > 0) await db.collection(name).insertMany([...documents])
}

const edits = (app: FastifyInstance) => {
  let version = 0
  const edit = async (text: string): Promise<void> => {
    const reply = version === 0
      ? await app.inject({ method: 'PUT', url, headers: { 'if-none-match': '*' }, payload: { title: text } })
      : await app.inject({ method: 'PATCH', url, headers: { 'if-match': `"${version}"` }, payload: { title: text } })
    if (reply.statusCode >= 300) throw new Error(reply.body)
    version++
  }
  return { edit, version: () => version }
}

t.test('after a restore each version that comes is a new one, and every tag from before is stale', async (t) => {
  const { app, db } = await buildTestApp(t)
  const { edit, version } = edits(app)
  for (let i = 1; i <= 5; i++) await edit(`A${i}`)
  const other = url.replace(/1$/, '2')
  t.equal((await app.inject({ method: 'PUT', url: other, headers: { 'if-none-match': '*' }, payload: { title: 'gone' } })).statusCode, 201)
  t.equal((await app.inject({ method: 'DELETE', url: other, headers: { 'if-match': '"1"' } })).statusCode, 204)
  const copied = await copy(db, async () => { for (let i = 0; i < 6; i++) await edit(`while it is copied ${version()}`) })
  const backedUp = copied.get('articles')?.[0] as { version: number, data: { title: string } }
  await edit('after the backup')
  const lost = version()
  await app.close()

  await restore(db, copied)
  const replies = await runMongosh(client, db, lift)
  t.strictSame(replies.map(({ n, nModified, ok }) => [n as number, nModified as number, ok as number]), [[2, 2, 1], [0, 0, 1]])

  const { app: next } = await buildTestApp(t, { database: db.databaseName })
  const restored = await next.inject(url)
  const lifted = backedUp.version + 1_000_000
  t.match(restored.json(), { version: lifted, title: backedUp.data.title })
  for (let tag = 1; tag <= lost; tag++) {
    const stale = await next.inject({ method: 'PATCH', url, headers: { 'if-match': `"${tag}"`, prefer: 'conflict=merge' }, payload: { title: 'stale' } })
    t.match(stale.json(), { status: 409, currentVersion: lifted, historyTruncated: true })
    t.equal((await next.inject({ url, headers: { 'if-none-match': `"${tag}"` } })).statusCode, 200)
    t.equal((await next.inject(`${url}/revisions/${tag}`)).statusCode, 404)
  }
  for (let i = 0; i < 20; i++) t.equal((await next.inject({ method: 'PATCH', url, headers: { 'if-match': `"${lifted + i}"` }, payload: { title: `B${i}` } })).statusCode, 200)
  const { items } = (await next.inject(`${url}/revisions?limit=100`)).json<{ items: { version: number }[] }>()
  t.strictSame(items.map((item) => item.version), Array.from({ length: 21 }, (_, i) => lifted + 20 - i))
  t.equal((await next.inject(`${url}/revisions/${lifted}`)).json<{ title: string }>().title, backedUp.data.title)
  t.match((await next.inject(other)).json(), { status: 410, currentVersion: 1_000_002 })
  t.equal((await next.inject({ method: 'PUT', url: other, headers: { 'if-none-match': '*' }, payload: { title: 'again' } })).headers.etag, '"1000003"')
})

t.test('a service that was not stopped writes nothing on what it remembers from before, even where nothing was lifted', async (t) => {
  const { app, db } = await buildTestApp(t)
  const { edit } = edits(app)
  for (let i = 1; i <= 3; i++) await edit(`A${i}`)
  const copied = await copy(db, () => Promise.resolve())
  for (let i = 4; i <= 6; i++) await edit(`A${i}`)
  await db.collection('articles').deleteMany({})
  await db.collection('articles').insertMany([...copied.get('articles') ?? []])
  t.match((await app.inject(url)).json(), { version: 3, title: 'A3' })
  t.match((await app.inject({ method: 'PATCH', url, headers: { 'if-match': '"6"' }, payload: { title: 'stale' } })).json(), { status: 409, currentVersion: 3 })
  t.match((await app.inject({ method: 'PATCH', url, headers: { 'if-match': '"3"' }, payload: { body: 'B' } })).json(), { version: 4, title: 'A3', body: 'B' })
})
