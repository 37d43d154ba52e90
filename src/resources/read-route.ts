import { sendJsonOf } from './json-of.js'
import { knownState } from './readable-versions.js'
import { storedOf } from './represent.js'
import { byId, type ById, type ResourceRoute } from './resource-routes.js'

/** `GET /:id`, and HEAD: the document, 304, 404 or 410. */
export const readRoute: ResourceRoute = (app, context) => {
  const { resource, store } = context
  const schema = { response: { 200: resource.schemas.document } }
  app.get<ById>('/:id', { ...byId(context), schema }, async (request, reply) => {
    const since = performance.now()
    const current = await knownState(request, resource, store, await store.read(request.params.id, since), since)
    if (reply.isNotModified(storedOf(current)) || current.kind !== 'document') return reply.send()
    return sendJsonOf(reply, resource, current.document)
  })
}
