import type { FastifyRequest } from 'fastify'
import { errors } from '../errors.js'
import type { JsonObject } from '../merge/json.js'
import { isRestricted, mayDo, requiredOwner } from '../sign-in/access.js'
import type { ListPage, ListPosition, ListQuery } from '../versioned-store/list.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import type { VersionedStore } from '../versioned-store/versioned-store.js'
import type { Resource } from './resource.js'

/** How many documents are read at once, and at most for one page, where some of them may not be seen. */
const batch = 100
const mostRead = 10_000

/** What a request asks of a list, narrowed to its sender's own documents where it may see no others: an index then finds just them. */
export const ownList = (request: FastifyRequest, resource: Resource, query: ListQuery): ListQuery => {
  const owner = requiredOwner(request, resource, 'read')
  return owner === undefined ? query : { ...query, filters: [{ kind: 'equals', field: owner.field, values: [owner.value] }, ...query.filters] }
}

/**
 * A page of the documents that a request may see. It is full wherever there are enough of them, and goes on behind a document that it
 * shows: neither its length nor its cursor says anything of others. Throws 503 where 10 000 that may not be seen lie in a row.
 */
export const visiblePage = async (request: FastifyRequest, resource: Resource, store: VersionedStore<JsonObject>, limit: number, after: ListPosition | undefined, query: ListQuery): Promise<Pick<ListPage<JsonObject>, 'documents' | 'next'>> => {
  // The index finds just the owner's documents, unless it takes names for the same that differ.
  if (!isRestricted(resource) || (resource.authorize === undefined && resource.list?.collation === undefined)) return await store.list(limit, after, query)
  const since = performance.now()
  const shown: VersionedDocument<JsonObject>[] = []
  let from = after
  let last: ListPosition | undefined
  for (let read = 0; read < mostRead; read += batch) {
    const { documents, next, positionOf } = await store.list(Math.max(batch, limit + 1), from, query, since)
    for (const document of documents) {
      if (!mayDo(request, resource, 'read', document)) continue
      if (shown.length === limit) return { documents: shown, next: last }
      shown.push(document)
      last = positionOf(document)
    }
    if (next === undefined) return { documents: shown, next: undefined }
    from = next
  }
  if (last !== undefined) return { documents: shown, next: last }
  throw errors.unavailable({ detail: `Of the next ${mostRead} documents of this list there is none that you may see: narrow it with a filter` })
}
