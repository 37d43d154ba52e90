import { randomBytes } from 'node:crypto'
import { MongoClient } from 'mongodb'
import t from 'tap'
import type { Document } from '../contract/stored.js'
import { mongodbUri } from '../mongodb-uri.js'
import { startMortalConnection, type Point } from './die-at.js'
import { contentsOf, everything, type Request } from './requests.js'
import { startServiceProcess } from './service-process.js'

t.setTimeout(300_000)

const client = new MongoClient(mongodbUri())
const database = `killed-${randomBytes(6).toString('hex')}`
const db = client.db(database)
t.teardown(async () => {
  await db.dropDatabase()
  await client.close()
})

interface Reply { readonly statusCode: number, readonly headers: Record<string, string>, readonly body: string }

const ask = async (base: string, { method, url, body, headers }: Request, key?: string): Promise<Reply> => {
  const response = await fetch(`${base}${url}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers, ...(key !== undefined && { 'idempotency-key': key }) },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
}

const documentIn = ({ statusCode, body }: Reply): Document => {
  if (statusCode >= 300) throw new Error(`${statusCode} ${body}`)
  return JSON.parse(body) as Document
}

const points: readonly Point[] = (['claim', 'write', 'keep'] as const).flatMap((command) => [{ when: 'before', command }, { when: 'after', command }] as const)
const post: Request = { method: 'POST', url: '/api/articles', body: { title: 'posted' }, headers: {} }

/** A merge, which is done on a version that the request doesn't name. */
const merge = async (base: string): Promise<Request> => {
  const { id } = documentIn(await ask(base, { ...post, body: { title: 'A', tags: ['x'] } }))
  const url = `/api/articles/${id}`
  await ask(base, { method: 'PATCH', url, body: { title: 'B' }, headers: { 'if-match': '"1"' } })
  return { method: 'PATCH', url, body: { tags: ['x', 'y'] }, headers: { 'if-match': '"1"', prefer: 'conflict=merge' } }
}

t.test('a service that is killed in a request with a key: another one gets it again, and it is neither lost nor doubled', async (t) => {
  const { url: base } = await startServiceProcess(t, mongodbUri(), database)
  for (const [name, prepare] of [['POST', () => Promise.resolve(post)], ['merged PATCH', merge]] as const) {
    for (const point of points) {
      await t.test(`${name}, killed ${point.when} the ${point.command}`, async (t) => {
        const connection = await startMortalConnection(t)
        const service = await startServiceProcess(t, connection.uri, database)
        const request = await prepare(service.url)
        const key = `"${name} ${point.when} ${point.command}"`
        const before = await everything(db)
        const died = connection.dieAt(point, service.kill)
        await t.rejects(ask(service.url, request, key), { message: 'fetch failed' })
        await died

        const written = point.command === 'keep' || (point.command === 'write' && point.when === 'after')
        t.equal(await everything(db), before + (written ? 1 : 0), 'it has come just as far as that')
        const first = await ask(base, request, key)
        const document = documentIn(first)
        t.match(document, name === 'POST' ? { version: 1, title: 'posted' } : { version: 3, title: 'B', tags: ['x', 'y'] })
        t.equal(first.statusCode, name === 'POST' ? 201 : 200)
        t.equal(first.headers['preference-applied'], name === 'POST' ? undefined : 'conflict=merge')
        t.equal(first.headers['idempotency-replayed'], point.command === 'keep' && point.when === 'after' ? 'true' : undefined)
        t.strictSame(documentIn(await ask(base, { method: 'GET', url: `/api/articles/${document.id}`, headers: {} })), document)
        const again = await ask(base, request, key)
        t.strictSame(contentsOf(again), contentsOf(first))
        t.equal(again.headers['idempotency-replayed'], 'true')
        t.equal(await everything(db), before + 1, 'neither lost nor doubled')
      })
    }
  }
})

t.test('two services at once, with the same keys: each request is done once', async (t) => {
  const services = await Promise.all([startServiceProcess(t, mongodbUri(), database), startServiceProcess(t, mongodbUri(), database)])
  const before = await everything(db)
  const articles = await Promise.all(Array.from({ length: 20 }, () => ask(services[0].url, post).then(documentIn)))
  const requests = articles.flatMap(({ id }, i): (readonly [Request, string])[] => [
    [post, `"new ${i}"`],
    [{ method: 'PATCH', url: `/api/articles/${id}`, body: { body: `edit ${i}` }, headers: { 'if-match': '*' } }, `"edit ${i}"`],
    [{ method: 'POST', url: `/api/articles/${id}/publish`, headers: {} }, `"publish ${i}"`]
  ])
  const replies = await Promise.all(requests.map(async ([request, key]) => await Promise.all([0, 1, 0, 1].map((which) => ask(services[which === 0 ? 0 : 1].url, request, key)))))
  for (const [i, [request, key]] of requests.entries()) {
    const done = replies[i]?.filter(({ statusCode }) => statusCode < 300) ?? []
    t.ok(done.length > 0)
    t.equal(new Set(done.map((reply) => JSON.stringify(contentsOf(reply)))).size, 1)
    t.ok(replies[i]?.every(({ statusCode, body }) => statusCode < 300 || body.includes('request-in-progress')))
    const again = await ask(services[1].url, request, key)
    t.strictSame(contentsOf(again), done[0] && contentsOf(done[0]))
  }
  t.equal(await everything(db), before + articles.length + requests.length)
})
