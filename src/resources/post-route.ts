import type { JsonObject } from '../merge/json.js'
import { sendOutcome } from './replies.js'
import { hungUp, versionHookOf, type ResourceRoute } from './resource-routes.js'
import { withInitialState } from './states.js'

/** `POST /`: a new document under an id that the service chooses. */
export const postRoute: ResourceRoute = (app, context) => {
  const { resource, store } = context
  const { schemas, states } = resource
  const schema = { body: schemas.create, response: { 201: schemas.document } }
  app.post<{ Body: JsonObject }>('/', { config: { versionHook: versionHookOf(resource) }, schema }, async (request, reply) => {
    const outcome = await store.create(withInitialState(states, request.body), { signal: hungUp(request) })
    return await sendOutcome(reply, outcome, { context })
  })
}
