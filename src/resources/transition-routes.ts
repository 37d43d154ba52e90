import { edit } from './edit.js'
import { byId, type ById, type ResourceRoute } from './resource-routes.js'
import { afterTransition } from './states.js'

/** `POST /:id/<transition>`: the state is the guard; If-Match is optional, and honoured. */
export const transitionRoutes: ResourceRoute = (app, context) => {
  const { states, schemas } = context.resource
  if (states === undefined) return
  const options = { ...byId(context, { versionHook: { verb: 'transition' }, emptyBody: true, idempotencyKey: {} }), schema: { response: { 200: schemas.document } } }
  for (const [name, transition] of Object.entries(states.transitions)) {
    app.post<ById>(`/:id/${name}`, options, async (request, reply) =>
      await edit(context, request, reply, { action: `transition:${name}`, apply: (base) => afterTransition(states, name, transition, base) }))
  }
}
