import { sendOutcome } from './replies.js'
import { byId, hungUp, type ById, type ResourceRoute } from './resource-routes.js'
import { afterTransition } from './states.js'
import { conditionOf } from './write-condition.js'

/** `POST /:id/<transition>`: the state is the guard; If-Match is optional, and honoured. */
export const transitionRoutes: ResourceRoute = (app, context) => {
  const { resource, store, url } = context
  const { states, schemas } = resource
  if (states === undefined) return
  const options = { ...byId(context, { verb: 'transition', emptyBody: true }), schema: { response: { 200: schemas.document } } }
  for (const [name, transition] of Object.entries(states.transitions)) {
    app.post<ById>(`/:id/${name}`, options, async (request, reply) => {
      const change = { kind: 'replace', next: afterTransition.bind(undefined, states, name, transition) } as const
      const outcome = await store.write({ id: request.params.id, condition: conditionOf(request), change, signal: hungUp(request) })
      return sendOutcome(reply, outcome, { resource, url })
    })
  }
}
