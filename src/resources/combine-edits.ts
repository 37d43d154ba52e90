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

/** What a request asks for, on whatever document it meets. */
export interface RequestedChange {
  readonly apply: Apply
  /** The change, made of its base, combined with what others made of that. Throws what `apply` throws. */
  readonly combine: (base: VersionedDocument<JsonObject>, theirs: VersionedDocument<JsonObject>) => Combined
}

/** The last result is kept: a write that is tried again, and the conflict that it may end in, ask for the same once more. */
const keepingLast = <A extends readonly object[], R>(make: (...args: A) => R): ((...args: A) => R) => {
  let last: { readonly args: A, readonly result: R } | undefined
  return (...args) => {
    if (last === undefined || args.some((arg, i) => arg !== last?.args[i])) last = { args, result: make(...args) }
    return last.result
  }
}

/** The change of a request to a document, by the merge rules of the resource. */
export const requestedChange = (request: FastifyRequest, resource: Resource, apply: Apply): RequestedChange => {
  const applyToBase = keepingLast(apply)
  return {
    apply,
    combine: keepingLast((base, theirs) => {
      const yours = applyToBase(base)
      const { merged, conflicts } = threeWayMerge(base.content, theirs.content, yours, resource.mergeRules)
      if (!isJsonObject(merged)) throw new TypeError('a merge of objects is an object')
      if (conflicts.length > 0) return { yours, merged, conflicts, broken: [] }
      const { content, broken } = checkContent(request, resource, resource.known.of(merged))
      return { yours, merged: resource.known.keep(merged, content), conflicts, broken }
    })
  }
}
