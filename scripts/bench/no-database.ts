/* The other limit: what Fastify does with the same requests and the same schemas where nothing is stored but in this process. */
import { randomBytes } from 'node:crypto'
import fastify from 'fastify'
import { serverOptions } from '../../src/plugins/server-options.js'
import { articles } from '../../src/resources/articles.js'

interface Kept { readonly version: number, readonly json: Record<string, unknown> }
interface ById { Params: { id: string }, Body: Record<string, unknown> }

const { replace, create, document: response } = articles.schemas
const kept = new Map<string, Kept>()
const app = fastify({ ajv: serverOptions.ajv })

const store = (id: string, version: number, body: Record<string, unknown>): Kept => {
  const now = new Date().toISOString()
  const document = { version, json: { id, version, status: 'draft', ...body, createdAt: now, updatedAt: now } }
  kept.set(id, document)
  return document
}

app.post<ById>('/api/articles', { schema: { body: create, response: { 201: response } } }, (request, reply) => {
  const { json } = store(randomBytes(12).toString('hex'), 1, request.body)
  return reply.code(201).header('etag', '"1"').send(json)
})

app.get<ById>('/api/articles/:id', { schema: { response: { 200: response } } }, (request, reply) => {
  const document = kept.get(request.params.id)
  if (document === undefined) return reply.code(404).send()
  const etag = `"${document.version}"`
  reply.header('etag', etag)
  return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.send(document.json)
})

app.put<ById>('/api/articles/:id', { schema: { body: replace, response: { 200: response } } }, (request, reply) => {
  const { id } = request.params
  const document = kept.get(id)
  if (document === undefined) return reply.code(404).send()
  if (request.headers['if-match'] !== `"${document.version}"`) return reply.code(409).header('etag', `"${document.version}"`).send(document.json)
  const { version, json } = store(id, document.version + 1, request.body)
  return reply.header('etag', `"${version}"`).send(json)
})

process.once('SIGTERM', () => void app.close())
const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0) })
console.log(`listening on ${address}`)
