import type { FastifyReply } from 'fastify'
import type { JsonObject } from '../merge/json.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import { represent } from './represent.js'
import type { Resource } from './resource.js'

/** The Content-Type of documents. */
export const jsonType = 'application/json; charset=utf-8'

const made = new WeakMap<VersionedDocument<JsonObject>, string>()

/**
 * The JSON of a document as clients see it. A version is made into JSON once: it never changes. No serializer of the schema makes it,
 * which would fail where the document was stored under another.
 */
export const jsonOf = (resource: Resource, document: VersionedDocument<JsonObject>): string => {
  const before = made.get(document)
  if (before !== undefined) return before
  const json = JSON.stringify(represent(resource, document))
  made.set(document, json)
  return json
}

/** Sends a document. */
export const sendJsonOf = (reply: FastifyReply, resource: Resource, document: VersionedDocument<JsonObject>): FastifyReply =>
  reply.header('content-type', jsonType).send(jsonOf(resource, document))
