import t, { type Test } from 'tap'
import { buildTestApp, storeModes } from '../app.js'
import { create, send, urlOf, type Document } from '../contract/stored.js'
import { mongodbUri } from '../mongodb-uri.js'
import { startCuttingProxy } from '../versioned-store/cutting-proxy.js'
import { startMortalConnection, type Point } from './die-at.js'
import { contentsOf, everything, sendRequest, unsafeRequests, type Request } from './requests.js'

t.setTimeout(240_000)

/** Lets a service of its own begin with the request and die at a point. */
const dieWith = async (t: Test, options: object, request: Request, key: string, point: Point) => {
  const connection = await startMortalConnection(t)
  const { app } = await buildTestApp(t, { ...options, mongodbUri: connection.uri })
  const died = connection.dieAt(point)
  void sendRequest(app, request, key).catch(() => undefined)
  await died
}

for (const storeMode of storeModes) {
  t.test(`a service dies with a request that has a key, and another one gets it again (${storeMode})`, async (t) => {
    const { app, db } = await buildTestApp(t, { storeMode })
    const options = { storeMode, database: db.databaseName }
    for (const { name, status, prepare } of unsafeRequests) {
      t.test(name, async (t) => {
        const plain = await sendRequest(app, await prepare(app))
        for (const point of [{ when: 'before', command: 'write' }, { when: 'before', command: 'keep' }] as const) {
          t.test(`${point.when} it could ${point.command}`, async (t) => {
            const request = await prepare(app)
            const key = `"${name} ${point.command}"`
            const before = await everything(db)
            await dieWith(t, options, request, key, point)
            t.equal(await everything(db), before + (point.command === 'keep' ? 1 : 0), 'it has come just as far as that')
            const other = point.command === 'keep' && request.document !== undefined
              ? await send(app, 'PATCH', urlOf(request.document), { tags: ['in between'] }, { 'if-match': '*' })
              : undefined
            const between = other?.statusCode === 200 ? 1 : 0

            const first = await sendRequest(app, request, key)
            t.equal(first.statusCode, status, first.body)
            t.strictSame(Object.keys(contentsOf(first).headers).sort(), Object.keys(contentsOf(plain).headers).sort(), 'the headers of a reply that was never lost')
            t.equal(first.headers['preference-applied'], plain.headers['preference-applied'])
            t.equal(await everything(db), before + 1 + between, 'neither lost nor doubled')
            if (status !== 204) {
              const { id, version } = first.json<Document>()
              const collection = name.includes('user') ? '/api/users' : '/api/articles'
              t.strictSame((await send(app, 'GET', `${collection}/${id}/revisions/${version}`)).json(), first.json(), 'what was stored as that version')
              t.equal(first.headers.etag, `"${version}"`)
              t.notOk(first.body.includes('in between'))
            }
            const again = await sendRequest(app, request, key)
            t.strictSame(contentsOf(again), contentsOf(first))
            t.equal(again.headers['idempotency-replayed'], 'true')
            t.equal(await everything(db), before + 1 + between)
          })
        }
      })
    }
  })
}

t.test('what was done, but is no longer kept, is a success without a body', async (t) => {
  const { app, db } = await buildTestApp(t, { historyLimit: 0 })
  const article = await create(app, '/api/articles', { title: 'A' })
  const request: Request = { method: 'PATCH', url: urlOf(article), body: { title: 'B' }, headers: { 'if-match': '*' } }
  await dieWith(t, { database: db.databaseName, historyLimit: 0 }, request, '"k"', { when: 'before', command: 'keep' })
  await send(app, 'PATCH', urlOf(article), { body: 'x' }, { 'if-match': '"2"' })
  const reply = await sendRequest(app, request, '"k"')
  t.match([reply.statusCode, reply.headers.etag, reply.body], [204, '"2"', ''])
  t.match((await send(app, 'GET', urlOf(article))).json(), { version: 3, title: 'B', body: 'x' })

  const post: Request = { method: 'POST', url: '/api/articles', body: { title: 'posted' }, headers: {} }
  await dieWith(t, { database: db.databaseName, historyLimit: 0 }, post, '"p"', { when: 'before', command: 'keep' })
  const url = `/api/articles/${String((await db.collection('articles').findOne({ 'data.title': 'posted' }))?._id)}`
  await send(app, 'PATCH', url, { body: 'x' }, { 'if-match': '"1"' })
  const created = await sendRequest(app, post, '"p"')
  t.match([created.statusCode, created.headers.etag, created.headers.location, created.body], [201, '"1"', url, ''])
  t.equal(await db.collection('articles').countDocuments(), 2)
})

for (const collection of ['articles', 'articles.revisions']) {
  t.test(`a claim is not given free by one who can't read ${collection}, and so can't tell what became of it`, async (t) => {
    const { app, db } = await buildTestApp(t)
    const options = { database: db.databaseName }
    const request: Request = { method: 'POST', url: '/api/articles', body: { title: 'once' }, headers: {} }
    await dieWith(t, options, request, '"k"', { when: 'before', command: 'keep' })
    const stored = await db.collection('articles').findOne()
    const url = `/api/articles/${String(stored?._id)}`
    for (let version = 1; version <= 40; version++) await send(app, 'PATCH', url, { body: `edit ${version}` }, { 'if-match': `"${version}"` })

    const proxy = await startCuttingProxy(t, mongodbUri())
    const { app: blind } = await buildTestApp(t, { ...options, mongodbUri: proxy.uri, keptBytes: 0 })
    const see = proxy.each('find', { before: async () => proxy.commands.at(-1)?.find === collection ? await new Promise<never>(() => undefined) : undefined })
    const failed = await sendRequest(blind, request, '"k"')
    see()
    t.match([failed.statusCode, failed.json()], [503, { type: '/problems/unavailable', outcome: 'unknown' }])
    const done = await sendRequest(app, request, '"k"')
    t.equal(done.statusCode, 201)
    t.match(done.json(), { id: String(stored?._id), version: 1, title: 'once', body: '' })
    t.equal(await db.collection('articles').countDocuments(), 1)
  })
}
