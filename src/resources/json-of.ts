import type { FastifyReply } from 'fastify'
import type { JsonObject } from '../merge/json.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import { represent } from './represent.js'
import type { Resource } from './resource.js'

const made = new WeakMap<VersionedDocument<JsonObject>, string>()

/** The JSON of a document as clients see it, by the schema of the resource. A version is made into JSON once: it never changes. */
export const jsonOf = (reply: FastifyReply, { schemas }: Resource, document: VersionedDocument<JsonObject>): string => {
  const before = made.get(document)
  if (before !== undefined) return before
  const json = reply.serializeInput(represent(document), schemas.document)
  made.set(document, json)
  return json
}

/** Sends a document. */
export const sendJsonOf = (reply: FastifyReply, resource: Resource, document: VersionedDocument<JsonObject>): FastifyReply =>
  reply.header('content-type', 'application/json; charset=utf-8').send(jsonOf(reply, resource, document))
