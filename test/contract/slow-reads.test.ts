import t from 'tap'
import { buildTestApp } from '../app.js'
import { problem } from '../plugins/problem-app.js'
import { startFaultMongod } from '../versioned-store/fault-mongod.js'
import { articleAt, create, urlOf } from './stored.js'

const unreachable = 'The database cannot be reached, or has no primary'

t.test('reads that are slow, one after the other, have their answer within the time of one', async (t) => {
  const mongod = await startFaultMongod(t)
  const mongodbUri = mongod.uri.replace('directConnection=true', 'replicaSet=faults')
  const { app, db } = await buildTestApp(t, { mongodbUri })
  const article = await articleAt(app, 20)
  const url = urlOf(article)
  while (await db.collection('articles.revisions').countDocuments() === 0);
  // What was moved to the revisions leaves the document with the next edit: from here on both are needed.
  t.equal((await app.inject({ method: 'PATCH', url, payload: { title: 'last' }, headers: { 'if-match': '"20"' } })).statusCode, 200)
  await create(app, '/api/articles', { title: 'another' })
  const { next } = (await app.inject('/api/articles?limit=1')).json<{ next: string }>()

  /** Each of two finds is answered, and in time for itself; both together are not. */
  const slowly = () => mongod.failCommand(2, { failCommands: ['find'], appName: 'noclobber', blockConnection: true, blockTimeMS: 1_900 })
  const heal = () => mongod.admin.command({ configureFailPoint: 'failCommand', mode: 'off' })
  const requests = [
    { url: `/api/articles?limit=1&cursor=${next}` },
    { url: `${url}/revisions` },
    { method: 'PATCH', url, payload: { title: 'stale' }, headers: { 'if-match': '"1"' } }
  ] as const
  for (const request of requests) {
    // One that has nothing in memory.
    const { app: fresh } = await buildTestApp(t, { mongodbUri, database: db.databaseName })
    await slowly()
    const reply = await fresh.inject(request)
    await heal()
    const isWrite = 'method' in request
    t.strictSame([reply.statusCode, reply.headers['retry-after']], [503, '1'], reply.body)
    t.strictSame(reply.json(), problem('unavailable', 'Service Unavailable', 503, unreachable, request.url.replace(/\?.*/, ''), { retryable: true, ...(isWrite && { outcome: 'not-applied' }) }))
    const again = await fresh.inject(request)
    t.equal(again.statusCode, isWrite ? 409 : 200, again.body)
  }
})
