import type { FastifyReply, FastifyRequest } from 'fastify'
import { isProblemError } from '../errors.js'
import { jsonEquals, type JsonObject } from '../merge/json.js'
import { yourVersion } from '../preconditions/preconditions.js'
import { mayDo, permissionFor, type Action } from '../sign-in/access.js'
import type { Current, VersionedDocument } from '../versioned-store/versioned.js'
import type { Merge, WriteCondition } from '../versioned-store/write.js'
import { requestedChange, type Apply, type RequestedChange } from './combine-edits.js'
import { readPrefer } from './prefer.js'
import { versionsDisagree } from './put-body.js'
import { sendOutcome } from './replies.js'
import type { Resource } from './resource.js'
import { authorOf, type ById, type ResourceContext } from './resource-routes.js'
import { conditionOf } from './write-condition.js'

/** A change of a document that is there. */
export interface Edit {
  /** What the request must be permitted to do; `update` unless given. */
  readonly action?: Action
  /** What it makes of the content that the schema knows. */
  readonly apply: Apply
  /** The version that the body names, to which the condition is narrowed. */
  readonly version?: number | undefined
  /** The condition, where it is not that of the request's preconditions. */
  readonly condition?: WriteCondition<JsonObject>
  /** The status of a reply with a document, where it is not that of the outcome. */
  readonly status?: number
}

type Request = FastifyRequest<ById>

/** Makes a change where the precondition holds, or merges it where the client prefers that; else the conflict that helps to. */
export const edit = async (context: ResourceContext, request: Request, reply: FastifyReply, { action = 'update', apply: applyToKnown, version, condition = conditionOf(request, version), status }: Edit): Promise<FastifyReply> => {
  const { store } = context
  const since = performance.now()
  const { id } = request.params
  const edited = version ?? yourVersion(request.preconditions)
  const base = mergeBase(condition, edited)
  const apply = keepingUnknown(context.resource, applyToKnown)
  const change = requestedChange(request, context.resource, apply)
  const merge = base !== undefined && readPrefer(request.headers.prefer).conflict === 'merge' ? mergeOf(request, context.resource, change, base) : undefined
  const next = (base: VersionedDocument<JsonObject>): JsonObject => {
    if (version !== undefined && version !== base.version) throw versionsDisagree(`must be the stored version, ${base.version}`)
    return apply(base)
  }
  const outcome = await store.write({ id, condition, change: { kind: 'replace', next }, permission: permissionFor(request, context.resource, action), merge, ...authorOf(request) })
  const options = { context, since, action, yourVersion: edited, narrowed: version !== undefined, change, isMergeBase: base !== undefined, alreadyApplied: (current: Current<JsonObject>) => wouldKeep(apply, current), ...(status !== undefined && { status }) }
  if (outcome.kind !== 'not-applied' || outcome.reason !== 'contention' || merge === undefined) return await sendOutcome(reply, outcome, options)
  // Others came first each time: what is there now says whether to come again.
  return await sendOutcome(reply, { kind: 'condition-failed', current: await store.read(id) }, { ...options, since: performance.now(), contended: true })
}

/** The change of a document, made of what the schema knows of it: all else that is stored stays. */
const keepingUnknown = ({ known }: Resource, apply: Apply): Apply => (base) => {
  const content = known.of(base.content)
  return content === base.content ? apply(base) : known.keep(base.content, apply({ ...base, content }))
}

/** The base of a merge: the version that was edited, where the condition names it. A weak entity-tag names none. */
const mergeBase = (condition: WriteCondition<JsonObject>, edited: number | null): number | undefined =>
  condition.kind === 'one-of' && edited !== null && condition.versions.includes(edited) ? edited : undefined

const mergeOf = (request: Request, resource: Resource, change: RequestedChange, base: number): Merge<JsonObject> => ({
  base,
  combine: (base, theirs) => {
    try {
      if (!mayDo(request, resource, 'read', base)) return undefined
      const { merged, conflicts, broken } = change.combine(base, theirs)
      return conflicts.length === 0 && broken.length === 0 ? merged : undefined
    } catch (error) {
      // What the request would not have made of its base is no reason to say so of a version that is not the stored one.
      if (isProblemError(error)) return undefined
      throw error
    }
  }
})

/** Whether a change would change nothing of what is there now, as when it is sent again after its reply was lost. */
const wouldKeep = (apply: Apply, current: Current<JsonObject>): boolean => {
  if (current.kind !== 'document') return false
  try {
    return jsonEquals(apply(current.document), current.document.content)
  } catch {
    return false
  }
}
