import { yourVersion } from '../preconditions/preconditions.js'
import { permissionFor } from '../sign-in/access.js'
import { sendOutcome } from './replies.js'
import { byId, authorOf, type ById, type ResourceRoute } from './resource-routes.js'
import { conditionOf } from './write-condition.js'

/** `DELETE /:id`: leaves a tombstone, whose version is one more. */
export const deleteRoute: ResourceRoute = (app, context) => {
  app.delete<ById>('/:id', byId(context, { idempotencyKey: {} }), async (request, reply) => {
    const since = performance.now()
    const outcome = await context.store.write({ id: request.params.id, condition: conditionOf(request), change: { kind: 'delete' }, permission: permissionFor(request, context.resource, 'delete'), ...authorOf(request) })
    const edited = yourVersion(request.preconditions)
    return await sendOutcome(reply, outcome, { context, since, action: 'delete', yourVersion: edited, alreadyApplied: (current) => current.kind === 'tombstone' && current.tombstone.version - 1 === edited })
  })
}
