import type { FastifyReply } from 'fastify'
import type { JsonObject } from '../merge/json.js'
import type { Current, VersionedDocument } from '../versioned-store/versioned.js'
import type { WriteOutcome } from '../versioned-store/write.js'
import { readPrefer } from './prefer.js'
import { represent, storedOf } from './represent.js'
import type { Resource } from './resource.js'
import { writeFailure } from './storage-replies.js'

export interface WriteReply {
  readonly resource: Resource
  /** URL of the collection. */
  readonly url: string
  /** Whether what is there now is what the request would have made of it, as when it is sent again after its reply was lost. */
  readonly alreadyApplied?: (current: Current<JsonObject>) => boolean
  /** The version that the body of a PUT names, to which its condition was narrowed. */
  readonly narrowedTo?: number | undefined
}

const sendDocument = (reply: FastifyReply, document: VersionedDocument<JsonObject>, created: boolean, url: string): FastifyReply => {
  const href = `${url}/${encodeURIComponent(document.id)}`
  const prefer = readPrefer(reply.request.headers.prefer)
  if (prefer.return !== undefined) reply.header('preference-applied', `return=${prefer.return}`)
  if (created) reply.header('location', href)
  reply.header('vary', 'Prefer').setVersion(document)
  if (prefer.return === 'minimal') return reply.code(created ? 201 : 204).send()
  return reply.code(created ? 201 : 200).header('content-location', href).send(represent(document))
}

/** Answers a write with what became of it. Throws the error for one that was not done. */
export const sendOutcome = (reply: FastifyReply, outcome: WriteOutcome<JsonObject>, { resource, url, alreadyApplied, narrowedTo }: WriteReply): FastifyReply => {
  switch (outcome.kind) {
    case 'done': return sendDocument(reply, outcome.document, outcome.created, url)
    case 'deleted': return reply.setVersion(outcome.tombstone).code(204).send()
    case 'condition-failed': {
      const { current } = outcome
      return reply.refuse(storedOf(current), {
        // By the schema that a GET is serialized with, so that it shows no field that a GET leaves out.
        current: current.kind === 'document' ? JSON.parse(String(reply.serializeInput(represent(current.document), resource.schemas.document))) : undefined,
        members: {
          ...(narrowedTo !== undefined && { yourVersion: narrowedTo, retryable: false }),
          ...(alreadyApplied?.(current) === true && { alreadyApplied: true })
        }
      })
    }
    default: throw writeFailure(outcome, resource, url)
  }
}
