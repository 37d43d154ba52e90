import type { FastifyRequest } from 'fastify'
import { brokenRules } from '../plugins/validation-errors.js'
import { isJsonObject, type JsonObject } from '../merge/json.js'
import { copyJson } from '../merge/json-copy.js'
import { findUnstorable, type BrokenRule } from '../versioned-store/storable.js'
import type { Resource } from './resource.js'

/** New content as it would be stored, its defaults added, and the rules of the schema that it breaks. */
export interface CheckedContent {
  readonly content: JsonObject
  readonly broken: readonly BrokenRule[]
}

/**
 * Holds what a change made of a document against the schema of the resource, and against what can be stored: two changes that can be
 * stored may together be one that can't.
 */
export const checkContent = (request: FastifyRequest, { schemas }: Resource, made: JsonObject): CheckedContent => {
  // The validator adds defaults to what it is given, and parts of it may be a stored document's.
  const content = copyJson(made)
  if (!isJsonObject(content)) throw new TypeError('a copy of an object is an object')
  const validate = request.compileValidationSchema(schemas.content)
  return { content, broken: [...findUnstorable(content), ...(validate(content) ? [] : brokenRules(validate.errors ?? []))] }
}
