import { errors } from '../errors.js'
import { invalidBody } from '../plugins/invalid-request.js'
import { yourVersion } from '../preconditions/preconditions.js'
import type { Apply } from './combine-edits.js'
import { checkContent } from './content-rules.js'
import { edit } from './edit.js'
import { sendOutcome } from './replies.js'
import { byId, authorOf, type ResourceRoute } from './resource-routes.js'
import { readVersion, versionParam, type ByVersion } from './revision-routes.js'
import { withoutState, withStateOf } from './states.js'

/** `POST /:id/revisions/:version/restore`: makes an old version the newest; with the version of its tombstone in If-Match, of a deleted document too. */
export const restoreRoute: ResourceRoute = (app, context) => {
  const { resource, store } = context
  const options = { ...byId(context, { versionHook: { verb: 'patch', ifMatch: 'required' }, emptyBody: true, idempotencyKey: {} }), schema: { response: { 200: resource.schemas.document } } }
  app.post<ByVersion>('/:id/revisions/:version/restore', options, async (request, reply) => {
    const { id } = request.params
    const version = versionParam(request.params.version)
    const now = await store.read(id)
    // What can't be restored for want of a precondition or a document is refused as any change would be.
    if (now.kind === 'missing' || request.preconditions.ifMatch === null) return await edit(context, request, reply, { apply: ({ content }) => content })
    const old = await readVersion(context, id, version)
    if (old.kind !== 'document') throw errors.gone({ detail: `Version ${version} is a delete: there is nothing to restore` })
    const restored: Apply = (base) => {
      const { content, broken } = checkContent(request, resource, withStateOf(resource.states, base, withoutState(resource.states, old.document.content)))
      if (broken.length > 0) throw invalidBody(request, broken)
      return content
    }
    const edited = yourVersion(request.preconditions)
    if (now.kind === 'document' || now.tombstone.version !== edited) return await edit(context, request, reply, { apply: restored, status: 200 })
    const last = await readVersion(context, id, edited - 1)
    const { content, createdAt } = last.kind === 'document' ? { content: restored(last.document), createdAt: last.document.createdAt } : { content: restored(old.document), createdAt: old.document.createdAt }
    const outcome = await store.write({ id, condition: { kind: 'buried', version: edited }, change: { kind: 'create', content, createdAt }, ...authorOf(request) })
    return await sendOutcome(reply, outcome, { context, yourVersion: edited, status: 200 })
  })
}
