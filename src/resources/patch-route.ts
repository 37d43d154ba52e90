import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { isJsonObject, type Json, type JsonObject } from '../merge/json.js'
import { applyMergePatch } from '../merge/merge-patch.js'
import { invalidBody } from '../plugins/invalid-request.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import type { WriteCondition } from '../versioned-store/write.js'
import type { Apply } from './combine-edits.js'
import { checkContent } from './content-rules.js'
import { edit } from './edit.js'
import { jsonPatchType, patchedByJsonPatch, readJsonPatch } from './json-patch-body.js'
import { byId, type ById, type ResourceContext, type ResourceRoute } from './resource-routes.js'
import type { Resource } from './resource.js'
import { contentOfPatch } from './set-fields.js'
import { conditionOf } from './write-condition.js'

const mergePatchTypes = ['application/merge-patch+json', 'application/json']

const patchedByMergePatch = (patch: Json, { content }: VersionedDocument<JsonObject>): JsonObject => {
  const patched = applyMergePatch(content, patch)
  if (!isJsonObject(patched)) throw new TypeError('the schema lets no merge patch pass that is no object')
  return patched
}

/** Throws 422 where what a patch makes of a document breaks the schema, or changes its state or owner. */
const checked = ({ resource }: ResourceContext, request: FastifyRequest, patch: Apply): Apply => (base) => {
  const { content, broken } = checkContent(request, resource, patch(base))
  if (broken.length > 0) throw invalidBody(request, broken)
  return contentOfPatch(resource, base, content)
}

/** A JSON Patch that tests values needs no If-Match, where the resource says so. */
const conditionOfPatch = (request: FastifyRequest, { patchTests }: Resource, tests: boolean): WriteCondition<JsonObject> => {
  const { ifMatch, ifNoneMatch, ifUnmodifiedSince } = request.preconditions
  const unconditional = ifMatch === null && ifNoneMatch === null && ifUnmodifiedSince === null
  return tests && unconditional && patchTests === 'suffice' ? { kind: 'any' } : conditionOf(request)
}

/** `PATCH /:id` with a merge patch (RFC 7396) or a JSON Patch (RFC 6902). */
export const patchRoute: ResourceRoute = (app, context) => {
  const { resource } = context
  const mergePatch = { schema: resource.schemas.mergePatch }
  const body = { content: { 'application/merge-patch+json': mergePatch, 'application/json': mergePatch, [jsonPatchType]: { schema: Type.Unknown() } } }
  const schema = { body, response: { 200: resource.schemas.document } }
  app.patch<ById & { Body: Json }>('/:id', { ...byId(context, { mediaTypes: [...mergePatchTypes, jsonPatchType], idempotencyKey: {} }), schema }, async (request, reply) => {
    const { body } = request
    const isJsonPatch = request.mediaType === jsonPatchType
    const condition = conditionOfPatch(request, resource, isJsonPatch && readJsonPatch(body).tests)
    const patch: Apply = isJsonPatch ? (base) => patchedByJsonPatch(request, resource, body, base) : (base) => patchedByMergePatch(body, base)
    return await edit(context, request, reply, { apply: checked(context, request, patch), condition })
  })
}
