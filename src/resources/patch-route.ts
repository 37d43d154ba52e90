import type { FastifyRequest } from 'fastify'
import { jsonEquals, type JsonObject } from '../merge/json.js'
import { applyMergePatch } from '../merge/merge-patch.js'
import { invalidBody } from '../plugins/invalid-request.js'
import { brokenRules } from '../plugins/validation-errors.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import { sendOutcome } from './replies.js'
import { byId, hungUp, type ById, type ResourceContext, type ResourceRoute } from './resource-routes.js'
import { withStateOf } from './states.js'
import { conditionOf } from './write-condition.js'

const mediaTypes = ['application/merge-patch+json', 'application/json']

/** What a merge patch makes of a document. Throws 422 where that breaks the schema. */
const patched = ({ resource: { schemas, states } }: ResourceContext, request: FastifyRequest, patch: JsonObject, base: VersionedDocument<JsonObject>): JsonObject => {
  // The validator adds defaults to what it is given, and the base is not this request's alone.
  const next = structuredClone(applyMergePatch(base.content, patch)) as JsonObject
  const validate = request.compileValidationSchema(schemas.content)
  if (!validate(next)) throw invalidBody(request, brokenRules(validate.errors ?? []))
  return withStateOf(states, base, next)
}

/** `PATCH /:id` with a merge patch (RFC 7396). */
export const patchRoute: ResourceRoute = (app, context) => {
  const { resource, store, url } = context
  const { schemas } = resource
  const schema = { body: schemas.mergePatch, response: { 200: schemas.document } }
  app.patch<ById & { Body: JsonObject }>('/:id', { ...byId(context, { mediaTypes }), schema }, async (request, reply) => {
    const { id } = request.params
    const outcome = await store.write({ id, condition: conditionOf(request), change: { kind: 'replace', next: (base) => patched(context, request, request.body, base) }, signal: hungUp(request) })
    return sendOutcome(reply, outcome, {
      resource,
      url,
      alreadyApplied: (current) => current.kind === 'document' && jsonEquals(applyMergePatch(current.document.content, request.body), current.document.content)
    })
  })
}
