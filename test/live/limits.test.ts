import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { ObjectId } from 'mongodb'
import t, { type Test } from 'tap'
import { buildTestApp, listen } from '../app.js'
import { create, send, urlOf } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { printChange } from '../../src/versioned-store/stored-change.js'
import { startFaultMongod } from '../versioned-store/fault-mongod.js'
import { listenTo } from './listener.js'

/** One who listens, and reads nothing. */
const listenWithoutReading = async (t: Test, url: string): Promise<IncomingMessage> => {
  const request = get(url)
  t.teardown(() => request.destroy())
  const [response] = await once(request, 'response') as [IncomingMessage]
  response.on('error', () => undefined)
  return response.pause()
}

t.test('who reads too slowly is cut off with a reason, and the others are not', async (t) => {
  const { app, db } = await buildTestApp(t, { events: { maxBytes: 2_000_000 } })
  const events = `${await listen(app)}/api/articles/events`
  const slow = await listenWithoutReading(t, events)
  const quick = await listenWithoutReading(t, events)
  let told = 0
  const all = new Promise<void>((resolve) => {
    quick.setEncoding('utf8').on('data', (chunk: string) => {
      told += chunk.split('\n\n').length - 1
      if (told >= 402) resolve()
    }).resume()
  })
  // Far more than sockets hold, in few events.
  const documents = Array.from({ length: 400 }, () => ({ _id: new ObjectId(), version: 1, change: printChange({ version: 1, kind: 'created', at: new Date(), changed: [''], by: 'x'.repeat(40_000) }) }))
  for (let from = 0; from < documents.length; from += 20) await db.collection('articles').insertMany(documents.slice(from, from + 20))
  // A retry and an id come first.
  await all
  let text = ''
  slow.setEncoding('utf8').on('data', (chunk: string) => { text = (text + chunk).slice(-1_000) }).resume()
  await once(slow, 'close')
  t.match(text, /: too slow: \d+ bytes wait to be read; come again with the last id\n\n$/)
})

t.test('no more listen than may, and each gets a comment now and then', async (t) => {
  const { app } = await buildTestApp(t, { events: { maxSubscribers: 1, heartbeatMs: 20 } })
  const base = await listen(app)
  const listener = await listenTo(t, `${base}/api/articles/events`)
  const refused = await fetch(`${base}/api/articles/events`)
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('retry-after'), '1')
  t.strictSame(await refused.json(), problem('unavailable', 'Service Unavailable', 503, '1 clients listen already, and no more can', '/api/articles/events', { retryable: true }))
  await listener.until(/(\n: \nid: [\w-]+\n[^]*){2}/)
  listener.stop()
})

t.test('what the database no longer has is told by resync, to all who listen', async (t) => {
  const mongod = await startFaultMongod(t)
  const { app } = await buildTestApp(t, { mongodbUri: mongod.uri })
  const events = `${await listen(app)}/api/articles/events`
  const article = await create(app, '/api/articles', { title: 'A' })
  const listeners = await Promise.all([events, `${events.replace('/events', '')}/${article.id}/events`].map(async (url) => await listenTo(t, url)))
  const changeStreamHistoryLost = 286
  await mongod.failCommand(1, { failCommands: ['getMore'], errorCode: changeStreamHistoryLost, appName: 'noclobber-events' })
  for (const listener of listeners) t.match(await listener.next(), { event: 'resync', data: { kind: 'resync', reason: 'the database no longer has the changes since the last event' } })
  await send(app, 'PATCH', urlOf(article), { title: 'B' }, { 'if-match': '*' })
  for (const listener of listeners) t.match(await listener.next(), { event: 'updated', data: { version: 2 } })

  const after = listeners[0]?.lastId() ?? ''
  await send(app, 'PATCH', urlOf(article), { title: 'C' }, { 'if-match': '*' })
  for (const listener of listeners) t.match(await listener.next(), { event: 'updated', data: { version: 3 } })
  await mongod.failCommand(1, { failCommands: ['aggregate'], errorCode: changeStreamHistoryLost, appName: 'noclobber-events' })
  const back = await listenTo(t, events, { after })
  t.match(await back.next(), { event: 'resync', data: { kind: 'resync', reason: 'the database no longer has the changes since Last-Event-ID' } })
})

t.test('a collection that is dropped is told by resync', async (t) => {
  const { app, db } = await buildTestApp(t)
  const listener = await listenTo(t, `${await listen(app)}/api/articles/events`)
  await db.collection('articles').drop()
  t.match(await listener.next(), { event: 'resync', data: { kind: 'resync', reason: 'the collection was dropped or renamed' } })
})
