import type { FastifyRequest } from 'fastify'
import type { JsonObject } from '../merge/json.js'
import type { WriteCondition } from '../versioned-store/write.js'
import { versionsDisagree } from './put-body.js'

/**
 * The condition of a write, as the store takes it. One that can't hold for any version is a list of none: nothing is written,
 * and the database says what is there. `version` is the one that the body of a PUT names: it narrows the condition.
 * Throws 422 where header and body disagree.
 */
export const conditionOf = (request: FastifyRequest, version?: number): WriteCondition<JsonObject> => {
  const condition = request.writeCondition()
  if (condition.kind === 'absent' && version !== undefined) throw versionsDisagree('cannot be sent with If-None-Match: *, since what is created has none yet')
  const { ifMatch } = request.preconditions
  if (version !== undefined && ifMatch?.kind === 'tags' && !ifMatch.tags.some((tag) => tag.version === version)) throw versionsDisagree('must be a version that If-Match names')
  if (condition.kind === 'never') return { kind: 'one-of', versions: [] }
  if (version === undefined || condition.kind === 'absent') return condition
  if (condition.kind === 'any') return ifMatch === null ? { ...condition, kind: 'one-of', versions: [version] } : condition
  return { kind: 'one-of', versions: condition.versions.filter((named) => named === version) }
}
