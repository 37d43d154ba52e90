import { errors } from '../errors.js'
import type { JsonObject } from '../merge/json.js'
import { mayDo } from '../sign-in/access.js'
import { edit } from './edit.js'
import { readPutBody } from './put-body.js'
import { sendOutcome } from './replies.js'
import { byId, authorOf, type ById, type ResourceRoute } from './resource-routes.js'
import { contentOfNew, contentOfChange } from './set-fields.js'
import { conditionOf } from './write-condition.js'

/** `PUT /:id`: replaces a document, or with `If-None-Match: *` creates it. */
export const putRoute: ResourceRoute = (app, context) => {
  const { resource, store } = context
  const { schemas } = resource
  const schema = { body: schemas.replace, response: { 200: schemas.document, 201: schemas.document } }
  app.put<ById & { Body: JsonObject }>('/:id', { ...byId(context, { idempotencyKey: {} }), schema }, async (request, reply) => {
    const { id } = request.params
    const { content, version } = readPutBody(request.body, id, resource.idForm)
    const condition = conditionOf(request, version)
    if (condition.kind !== 'absent') return await edit(context, request, reply, { apply: (base) => contentOfChange(resource, base, content), version, condition })
    const created = contentOfNew(request, resource, content)
    if (!mayDo(request, resource, 'create', { content: created })) throw errors.forbidden()
    const since = performance.now()
    const outcome = await store.write({ id, condition, change: { kind: 'create', content: created }, ...authorOf(request) })
    return await sendOutcome(reply, outcome, { context, since, action: 'create' })
  })
}
