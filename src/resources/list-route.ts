import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { contentEtagPlugin } from '../plugins/content-etag.js'
import { brokenRules } from '../plugins/validation-errors.js'
import { jsonType } from './json-of.js'
import { listDigest, printCursor, readCursor } from './list-cursor.js'
import { readListQuery } from './list-query.js'
import type { SchemaFaults } from './list-values.js'
import { nextLink, type Query } from './page-query.js'
import { represent } from './represent.js'
import type { ResourceContext } from './resource-routes.js'
import { ownList, visiblePage } from './visible-page.js'

const schemaFaults = (request: FastifyRequest): SchemaFaults => (schema, value) => {
  const validate = request.compileValidationSchema(schema)
  return validate(value) ? [] : brokenRules(validate.errors ?? []).map(({ message }) => message)
}

/** `GET /`: the documents in pages, filtered and sorted as the query says, with an entity-tag that is a hash of the page. */
export const listRoute: FastifyPluginAsync<ResourceContext> = async (app, { resource, store, url }) => {
  const { name, listRules, idForm, schemas, cacheControl = 'private, no-cache' } = resource
  await app.register(contentEtagPlugin)
  app.get<{ Querystring: Query }>('/', { schema: { response: { 200: schemas.page } } }, async (request, reply) => {
    const { limit, cursor, parameters, ...query } = readListQuery(request.query, listRules, schemaFaults(request))
    const list = ownList(request, resource, query)
    const digest = listDigest(name, list)
    const type = listRules.sorts.get(query.sort.field)?.type ?? 'date'
    const { documents, next } = await visiblePage(request, resource, store, limit, cursor === undefined ? undefined : readCursor(cursor, digest, type, idForm), list)
    const following = next && printCursor(next, digest)
    if (following !== undefined) reply.header('link', nextLink(url, limit, following, parameters))
    if (cacheControl !== false) reply.header('cache-control', cacheControl)
    const page = { items: documents.map((document) => represent(resource, document)), ...(following !== undefined && { next: following }) }
    return reply.header('content-type', jsonType).send(JSON.stringify(page))
  })
}
