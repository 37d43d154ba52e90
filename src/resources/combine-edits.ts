import type { FastifyRequest } from 'fastify'
import { isJsonObject, type JsonObject } from '../merge/json.js'
import { threeWayMerge, type MergeConflict } from '../merge/three-way-merge.js'
import type { BrokenRule } from '../versioned-store/storable.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import { checkContent } from './content-rules.js'
import type { Resource } from './resource.js'

/** What a change makes of the content of a document. Pure; throws the error for one that it can't be made to. */
export type Apply = (base: VersionedDocument<JsonObject>) => JsonObject

/** Two changes of one base, combined. */
export interface Combined {
  /** What the change made of the base. */
  readonly yours: JsonObject
  /** Everything that merged; where the sides clash, what theirs has. */
  readonly merged: JsonObject
  readonly conflicts: readonly MergeConflict[]
  /** Rules of the schema that the merge would break, though neither side does. */
  readonly broken: readonly BrokenRule[]
}

/** Combines a change with those that were made since its base, by the merge rules of the resource. */
export const combineEdits = (request: FastifyRequest, resource: Resource, apply: Apply, base: VersionedDocument<JsonObject>, theirs: VersionedDocument<JsonObject>): Combined => {
  const yours = apply(base)
  const { merged, conflicts } = threeWayMerge(base.content, theirs.content, yours, resource.mergeRules)
  if (!isJsonObject(merged)) throw new TypeError('a merge of objects is an object')
  if (conflicts.length > 0) return { yours, merged, conflicts, broken: [] }
  const { content, broken } = checkContent(request, resource, merged)
  return { yours, merged: content, conflicts, broken }
}
