import type { FastifyRequest } from 'fastify'
import { errors, type ProblemError } from '../errors.js'
import { isJsonObject, jsonEquals, type Json, type JsonObject } from '../merge/json.js'
import { applyJsonPatch, type JsonPatchResult } from '../merge/json-patch.js'
import { parseJsonPatch } from '../merge/json-patch-operation.js'
import { invalidBody } from '../plugins/invalid-request.js'
import { printVersion } from '../preconditions/entity-tag.js'
import { findUnstorable } from '../versioned-store/storable.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import { represent } from './represent.js'
import type { Resource } from './resource.js'
import { serviceFields } from './service-fields.js'

export const jsonPatchType = 'application/json-patch+json'

type Failure = Exclude<JsonPatchResult, { ok: true }>

const failure = (failed: Failure, { version }: VersionedDocument<unknown>): ProblemError => {
  switch (failed.failed) {
    case 'malformed': return errors.badRequest({ detail: failed.message })
    case 'test': return errors.patchTestFailed({
      detail: `Operation ${failed.index} of the JSON Patch: the value at ${JSON.stringify(failed.pointer.slice(0, 256))} is not the one that it names`,
      members: { pointer: failed.pointer.slice(0, 256), operation: failed.index, currentVersion: version, retryable: false },
      headers: { etag: printVersion(version) }
    })
    case 'path': return brokenOperation(failed.index, `names ${JSON.stringify(failed.pointer.slice(0, 256))}, which is not there in version ${version}`)
    case 'too-large': return brokenOperation(failed.index, 'makes the document too large')
  }
}

const brokenOperation = (index: number, message: string): ProblemError =>
  errors.invalid({ detail: `Operation ${index} of the JSON Patch ${message}`, members: { errors: [{ pointer: `/${index}`, message }] } })

/** Throws 400 for a body that is no JSON Patch, whatever the document. Says whether it tests a value. */
export const readJsonPatch = (patch: Json): { readonly tests: boolean } => {
  const operations = parseJsonPatch(patch)
  if ('failed' in operations) throw errors.badRequest({ detail: operations.index === undefined ? operations.message : `Operation ${operations.index} of the JSON Patch: ${operations.message}` })
  return { tests: operations.some(({ op }) => op === 'test') }
}

/**
 * What a JSON Patch makes of the content of a document, which it sees as GET shows it. Throws 409 where a `test` doesn't hold, and
 * 422 where a path isn't there, or what the service sets would change.
 */
export const patchedByJsonPatch = (request: FastifyRequest, resource: Resource, patch: Json, base: VersionedDocument<JsonObject>): JsonObject => {
  const shown = represent(resource, base)
  const result = applyJsonPatch(shown, patch, { size: request.routeOptions.bodyLimit, depth: 100 })
  if (!('ok' in result)) throw failure(result, base)
  const { document } = result
  if (!isJsonObject(document)) throw errors.invalid({ detail: 'The JSON Patch leaves no object', members: { errors: [{ pointer: '', message: 'must be an object' }] } })
  const changed = serviceFields.filter((field) => !jsonEquals(document[field], shown[field])).map((field) => ({ pointer: `/${field}`, message: 'is set by the service' }))
  const broken = [...changed, ...findUnstorable(document)]
  if (broken.length > 0) throw invalidBody(request, broken)
  return Object.fromEntries(Object.entries(document).filter(([field]) => !serviceFields.includes(field)))
}
