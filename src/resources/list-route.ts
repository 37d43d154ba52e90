import type { FastifyPluginAsync } from 'fastify'
import { contentEtagPlugin } from '../plugins/content-etag.js'
import { printCursor, readCursor } from './list-cursor.js'
import { nextLink, readPageQuery } from './page-query.js'
import { represent } from './represent.js'
import type { ResourceContext } from './resource-routes.js'

/** `GET /`: the documents in pages, with an entity-tag that is a hash of the page. */
export const listRoute: FastifyPluginAsync<ResourceContext> = async (app, { resource, store, url }) => {
  await app.register(contentEtagPlugin)
  app.get<{ Querystring: Record<string, unknown> }>('/', { schema: { response: { 200: resource.schemas.page } } }, async (request, reply) => {
    const { limit, cursor } = readPageQuery(request.query)
    const { documents, next } = await store.list(limit, cursor === undefined ? undefined : readCursor(cursor, resource.idForm))
    const following = next && printCursor(next)
    if (following !== undefined) reply.header('link', nextLink(url, limit, following))
    const { cacheControl = 'private, no-cache' } = resource
    if (cacheControl !== false) reply.header('cache-control', cacheControl)
    return reply.send({ items: documents.map(represent), ...(following !== undefined && { next: following }) })
  })
}
