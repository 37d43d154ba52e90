import type { FastifyPluginAsync } from 'fastify'
import { contentEtagPlugin } from '../plugins/content-etag.js'
import { printCursor, readListQuery } from './list-query.js'
import { represent } from './represent.js'
import type { ResourceContext } from './resource-routes.js'
import { orUnavailable } from './storage-replies.js'

/** `GET /`: the documents in pages, with an entity-tag that is a hash of the page. */
export const listRoute: FastifyPluginAsync<ResourceContext> = async (app, { resource, store, url }) => {
  await app.register(contentEtagPlugin)
  app.get<{ Querystring: Record<string, unknown> }>('/', { schema: { response: { 200: resource.schemas.page } } }, async (request, reply) => {
    const { limit, after } = readListQuery(request.query, resource.idForm)
    const { documents, next } = await orUnavailable(store.list(limit, after))
    const cursor = next && printCursor(next)
    if (cursor !== undefined) reply.header('link', `<${url}?${new URLSearchParams({ limit: String(limit), cursor }).toString()}>; rel="next"`)
    const { cacheControl = 'private, no-cache' } = resource
    if (cacheControl !== false) reply.header('cache-control', cacheControl)
    return reply.send({ items: documents.map(represent), ...(cursor !== undefined && { next: cursor }) })
  })
}
