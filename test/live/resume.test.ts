import t, { type Test } from 'tap'
import { buildTestApp, listen } from '../app.js'
import { create, send, urlOf, type Document } from '../contract/stored.js'
import { startOwnMongod } from '../contract/own-mongod.js'
import { listenTo } from './listener.js'

t.setTimeout(300_000)

const edit = async (app: Parameters<typeof send>[0], article: Document, times: number): Promise<void> => {
  for (let n = 0; n < times; n++) await send(app, 'PATCH', urlOf(article), { body: `${n} ${Math.random()}` }, { 'if-match': '*' })
}

/** Two apps, as two processes of the service have them, on one mongod of their own. */
const start = async (t: Test) => {
  const mongod = await startOwnMongod(t)
  const { app, db } = await buildTestApp(t, { mongodbUri: mongod.uri, events: { idleMs: 50 } })
  const settings = { mongodbUri: mongod.uri, database: db.databaseName }
  const other = (await buildTestApp(t, settings)).app
  return { mongod, app, other, settings, base: await listen(app), otherBase: await listen(other) }
}

const resync = (reason: string) => ({ event: 'resync', data: { kind: 'resync', reason } })

t.test('events and kills', async (t) => {
  const { mongod, app, other, settings, base, otherBase } = await start(t)
  const events = `${base}/api/articles/events`
  const article = await create(app, '/api/articles', { title: 'A' })
  const { id } = article

  await t.test('who comes back with the last id gets what it missed, and then what comes, each once', async (t) => {
    const first = await listenTo(t, events)
    await edit(app, article, 3)
    await first.take(3)
    const after = first.lastId()
    first.stop()
    await edit(app, article, 20)
    const writing = edit(app, article, 20)
    const back = await listenTo(t, events, { after })
    const elsewhere = await listenTo(t, `${otherBase}/api/articles/${id}/events`, { after })
    await writing
    for (const listener of [back, elsewhere]) t.strictSame((await listener.take(40)).map(({ data }) => data.version), Array.from({ length: 40 }, (_, i) => i + 5))
  })

  await t.test('an id is there before the first event has come', async (t) => {
    const listener = await listenTo(t, events)
    await listener.until(/^id: /m)
    const after = listener.lastId()
    listener.stop()
    await edit(app, article, 1)
    const { version } = (await send(app, 'GET', urlOf(article))).json<Document>()
    t.match(await (await listenTo(t, events, { after })).next(), { event: 'updated', data: { id, version } })
  })

  await t.test('an id that can not be used gets resync first, and then what comes', async (t) => {
    const listener = await listenTo(t, events)
    await listener.until(/^id: /m)
    const good = listener.lastId()
    const users = await listenTo(t, `${base}/api/users/events`)
    await users.until(/^id: /m)
    const swapped = `${good.slice(0, 20)}${good[20] === 'A' ? 'B' : 'A'}${good.slice(21)}`
    for (const after of ['x', '1', good.slice(0, -2), swapped, users.lastId(), 'ü']) {
      const back = await listenTo(t, events, { after: encodeURI(after) })
      t.equal(back.status, 200)
      t.match(await back.next(), resync('Last-Event-ID is not an id of this stream'), after)
      await edit(app, article, 1)
      t.match(await back.next(), { event: 'updated', data: { id } })
      back.stop()
    }
  })

  await t.test('the database is killed: those who listen miss nothing', async (t) => {
    const listeners = await Promise.all([base, otherBase].map(async (at) => await listenTo(t, `${at}/api/articles/events`)))
    const before = (await send(app, 'GET', urlOf(article))).json<Document>().version
    await edit(app, article, 3)
    await mongod.kill()
    await mongod.start()
    while ((await send(app, 'GET', '/health/ready')).statusCode !== 200 || (await send(other, 'GET', '/health/ready')).statusCode !== 200);
    await edit(other, article, 3)
    const { version } = (await send(app, 'GET', urlOf(article))).json<Document>()
    for (const listener of listeners) t.strictSame((await listener.take(version - before)).map(({ data }) => data.version), Array.from({ length: version - before }, (_, i) => before + 1 + i))
  })

  await t.test('the service stops: it does not wait for those who listen, who come back elsewhere with nothing missed', async (t) => {
    const third = (await buildTestApp(t, settings)).app
    const listener = await listenTo(t, `${await listen(third)}/api/articles/events`)
    await edit(third, article, 2)
    const seen = await listener.take(2)
    await third.close()
    await listener.ended
    t.match(listener.text(), /\n: the service is stopping; come again with the last id\n\n$/)
    await edit(app, article, 2)
    const back = await listenTo(t, events, { after: listener.lastId() })
    const versions = [...seen, ...await back.take(2)].map(({ data }) => Number(data.version))
    t.strictSame(versions, Array.from({ length: 4 }, (_, i) => (versions[0] ?? 0) + i))
  })
})
