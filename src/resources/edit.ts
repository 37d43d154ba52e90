import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../errors.js'
import { jsonEquals, type JsonObject } from '../merge/json.js'
import { printVersion } from '../preconditions/entity-tag.js'
import { yourVersion } from '../preconditions/preconditions.js'
import type { Current, VersionedDocument } from '../versioned-store/versioned.js'
import type { Merge, WriteCondition } from '../versioned-store/write.js'
import { combineEdits, type Apply } from './combine-edits.js'
import { readPrefer } from './prefer.js'
import { versionsDisagree } from './put-body.js'
import { sendOutcome } from './replies.js'
import { authorOf, type ById, type ResourceContext } from './resource-routes.js'
import { conditionOf } from './write-condition.js'

/** A change of a document that is there. */
export interface Edit {
  readonly apply: Apply
  /** The version that the body names, to which the condition is narrowed. */
  readonly version?: number | undefined
  /** The condition, where it is not that of the request's preconditions. */
  readonly condition?: WriteCondition<JsonObject>
}

type Request = FastifyRequest<ById>

/** Makes a change where the precondition holds, or merges it where the client prefers that; else the conflict that helps to. */
export const edit = async (context: ResourceContext, request: Request, reply: FastifyReply, { apply, version, condition = conditionOf(request, version) }: Edit): Promise<FastifyReply> => {
  const { store } = context
  const { id } = request.params
  const edited = version ?? yourVersion(request.preconditions)
  const merge = readPrefer(request.headers.prefer).conflict === 'merge' ? mergeOf(request, context, apply, condition, edited) : undefined
  const next = (base: VersionedDocument<JsonObject>): JsonObject => {
    if (version !== undefined && version !== base.version) throw versionsDisagree(`must be the stored version, ${base.version}`)
    return apply(base)
  }
  const outcome = await store.write({ id, condition, change: { kind: 'replace', next }, merge, ...authorOf(request) })
  if (outcome.kind === 'not-applied' && outcome.reason === 'contention' && merge !== undefined) throw await tooContended(context, id, edited)
  return await sendOutcome(reply, outcome, { context, yourVersion: edited, narrowed: version !== undefined, apply, alreadyApplied: (current) => wouldKeep(apply, current) })
}

const mergeOf = (request: Request, { resource }: ResourceContext, apply: Apply, condition: WriteCondition<JsonObject>, edited: number | null): Merge<JsonObject> | undefined => {
  if (condition.kind !== 'one-of' || edited === null || !condition.versions.includes(edited)) return undefined
  return {
    base: edited,
    combine: (base, theirs) => {
      const { merged, conflicts, broken } = combineEdits(request, resource, apply, base, theirs)
      return conflicts.length === 0 && broken.length === 0 ? merged : undefined
    }
  }
}

/** Whether a change would change nothing of what is there now, as when it is sent again after its reply was lost. */
const wouldKeep = (apply: Apply, current: Current<JsonObject>): boolean => {
  if (current.kind !== 'document') return false
  try {
    return jsonEquals(apply(current.document), current.document.content)
  } catch {
    return false
  }
}

/** The 409 for a merge that others came before each time: it may be tried again as it is. */
const tooContended = async ({ store }: ResourceContext, id: string, edited: number | null) => {
  const current = await store.read(id)
  const currentVersion = current.kind === 'document' ? current.document.version : current.kind === 'tombstone' ? current.tombstone.version : 0
  return errors.versionConflict({
    detail: 'The changes can be merged, but other writes came first each time: send it again',
    members: { currentVersion, yourVersion: edited, mergeable: true, retryable: true },
    headers: { etag: printVersion(currentVersion), 'retry-after': '1' }
  })
}
