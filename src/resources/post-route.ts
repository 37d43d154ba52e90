import { errors } from '../errors.js'
import type { JsonObject } from '../merge/json.js'
import { mayDo } from '../sign-in/access.js'
import { printId } from '../versioned-store/id-form.js'
import { sendOutcome } from './replies.js'
import { authorOf, versionHookOf, type ResourceRoute } from './resource-routes.js'
import { contentOfNew } from './set-fields.js'

/** `POST /`: a new document under an id that the service chooses. */
export const postRoute: ResourceRoute = (app, context) => {
  const { resource, store } = context
  const { schemas } = resource
  const schema = { body: schemas.create, response: { 201: schemas.document } }
  app.post<{ Body: JsonObject }>('/', { config: { versionHook: versionHookOf(resource), idempotencyKey: { newId: () => printId(resource.idForm.generate()) } }, schema }, async (request, reply) => {
    const content = contentOfNew(request, resource, request.body)
    if (!mayDo(request, resource, 'create', { content })) throw errors.forbidden()
    const since = performance.now()
    const outcome = await store.create(content, { ...authorOf(request), ...(request.claimedKey?.newId !== undefined && { id: request.claimedKey.newId }) })
    return await sendOutcome(reply, outcome, { context, since, action: 'create' })
  })
}
