import t from 'tap'
import { startTcpProxy } from '../../scripts/torture/tcp-proxy.js'
import { buildTestApp, listen } from '../app.js'
import { mongodbUri } from '../mongodb-uri.js'

const ofEvents = (firstBytes: string): boolean => firstBytes.includes('noclobber-events')

t.test('events that could not reach the database at first come once they can', async (t) => {
  const mongod = new URL(mongodbUri())
  const proxy = await startTcpProxy(Number(mongod.port))
  t.teardown(() => proxy.close())
  const { app } = await buildTestApp(t, { mongodbUri: `mongodb://127.0.0.1:${proxy.port}/?directConnection=true` })
  const url = `${await listen(app)}/api/articles/events`
  proxy.disturb({ kind: 'drop', ms: 0 }, ofEvents)
  const refused = await fetch(url)
  t.equal(refused.status, 503)
  t.match(await refused.json(), { detail: 'The database cannot be reached, or has no primary' })
  proxy.disturb(undefined)
  const ended = new AbortController()
  let response = await fetch(url, { signal: ended.signal })
  for (let tries = 1; response.status === 503 && tries < 3; tries++) response = await fetch(url, { signal: ended.signal })
  t.equal(response.status, 200)
  ended.abort()
})
