import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { startOwnMongod } from '../contract/own-mongod.js'
import { problem } from '../plugins/problem-app.js'

t.setTimeout(120_000)

t.test('while the database has no primary the service lives, but is not ready; once there is one it is', async (t) => {
  const mongod = await startOwnMongod(t)
  const { app } = await buildTestApp(t, { mongodbUri: mongod.uri })
  const status = async (url: string) => (await app.inject(url)).statusCode
  t.strictSame((await app.inject('/health/ready')).json(), { status: 'ok' })

  const client = new MongoClient(mongod.uri.replace(/\?.*$/, '?directConnection=true'))
  t.teardown(() => client.close())
  await client.db('admin').command({ replSetStepDown: 600, force: true })
  while (await status('/health/ready') === 200) await delay(20)
  const reply = await app.inject('/health/ready')
  t.match(reply, { statusCode: 503, headers: { 'retry-after': '1' } })
  t.strictSame(reply.json(), problem('unavailable', 'Service Unavailable', 503, 'The database cannot be reached, or has no primary', '/health/ready', { retryable: true }))
  t.strictSame((await app.inject('/health/live')).json(), { status: 'ok' })

  await client.db('admin').command({ replSetFreeze: 0 })
  while (await status('/health/ready') !== 200) await delay(50)
  t.equal((await app.inject({ method: 'POST', url: '/api/articles', payload: { title: 'A' } })).statusCode, 201)
})
