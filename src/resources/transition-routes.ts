import { invalidBody } from '../plugins/invalid-request.js'
import type { Apply } from './combine-edits.js'
import { checkContent } from './content-rules.js'
import { edit } from './edit.js'
import { byId, type ById, type ResourceRoute } from './resource-routes.js'
import { afterTransition } from './states.js'

/** `POST /:id/<transition>`: the state is the guard; If-Match is optional, and honoured. 422 where the rest of the document breaks the schema. */
export const transitionRoutes: ResourceRoute = (app, context) => {
  const { states, schemas } = context.resource
  if (states === undefined) return
  const options = { ...byId(context, { versionHook: { verb: 'transition' }, emptyBody: true, idempotencyKey: {} }), schema: { response: { 200: schemas.document } } }
  for (const [name, transition] of Object.entries(states.transitions)) {
    app.post<ById>(`/:id/${name}`, options, async (request, reply) => {
      const apply: Apply = (base) => {
        const { content, broken } = checkContent(request, context.resource, base.content)
        if (broken.length > 0) throw invalidBody(request, broken)
        return afterTransition(states, name, transition, { ...base, content })
      }
      return await edit(context, request, reply, { action: `transition:${name}`, apply })
    })
  }
}
