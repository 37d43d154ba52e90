import { ObjectId } from 'mongodb'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { idsOf, readPage, walk } from './walk.js'

const url = '/api/articles'

t.test('a page ends where a reply of the database does, and nothing is lost', async (t) => {
  const { app, db } = await buildTestApp(t)
  // 24 MB, straight into the database: more than the 16 MB that one of its replies has room for.
  const body = '€'.repeat(100_000)
  const stored = Array.from({ length: 80 }, (_, i) => ({ _id: new ObjectId(), version: 1, createdAt: new Date(i), updatedAt: new Date(i), writes: ['w'], data: { title: 'A', body, tags: [], status: 'draft' } }))
  await db.collection<(typeof stored)[number]>('articles').insertMany(stored, { writeConcern: { w: 'majority' } })
  const first = await readPage(app, `${url}?limit=100&sort=createdAt`)
  t.ok(first.items.length > 0 && first.items.length < stored.length, 'a part of it')
  t.ok(first.following !== undefined)
  t.strictSame(idsOf(await walk(app, `${url}?limit=100&sort=createdAt`)), stored.map(({ _id }) => _id.toHexString()))
  const left = await db.client.db('admin').aggregate([{ $currentOp: { allUsers: true, idleCursors: true } }, { $match: { ns: `${db.databaseName}.articles`, type: 'idleCursor' } }]).toArray()
  t.strictSame(left, [], 'no cursor is left open')
})
