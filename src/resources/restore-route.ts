import { errors } from '../errors.js'
import { invalidBody } from '../plugins/invalid-request.js'
import { mayDo } from '../sign-in/access.js'
import type { Apply } from './combine-edits.js'
import { checkContent } from './content-rules.js'
import { edit } from './edit.js'
import { sendOutcome } from './replies.js'
import { byId, authorOf, type ResourceRoute } from './resource-routes.js'
import { knownState } from './readable-versions.js'
import { deletedVersion, readVersion, versionParam, type ByVersion } from './revision-routes.js'
import { contentOfChange, withoutSetFields } from './set-fields.js'
import { conditionOf } from './write-condition.js'

/** `POST /:id/revisions/:version/restore`: makes an old version the newest; with the version of its tombstone in If-Match, of a deleted document too. */
export const restoreRoute: ResourceRoute = (app, context) => {
  const { resource, store } = context
  const options = { ...byId(context, { versionHook: { verb: 'patch', ifMatch: 'required' }, emptyBody: true, idempotencyKey: {} }), schema: { response: { 200: resource.schemas.document } } }
  app.post<ByVersion>('/:id/revisions/:version/restore', options, async (request, reply) => {
    const { id } = request.params
    const version = versionParam(request.params.version)
    const since = performance.now()
    const now = await knownState(request, resource, store, await store.read(id, since), since)
    if (now.kind === 'missing') throw errors.notFound()
    const old = await readVersion(context, request, id, version, since)
    if (old.kind !== 'document') throw deletedVersion(old.tombstone)
    const restored: Apply = (base) => {
      const { content, broken } = checkContent(request, resource, contentOfChange(resource, base, withoutSetFields(resource, resource.known.of(old.document.content))))
      if (broken.length > 0) throw invalidBody(request, broken)
      return content
    }
    const condition = conditionOf(request)
    const names = (version: number) => condition.kind === 'one-of' && condition.versions.includes(version)
    if (now.kind === 'document' || !names(now.tombstone.version)) return await edit(context, request, reply, { apply: restored, condition, status: 200 })
    const deleted = now.tombstone.version
    const last = await readVersion(context, request, id, deleted - 1, since)
    if (!mayDo(request, resource, 'update', last.kind === 'document' ? last.document : old.document)) throw errors.forbidden()
    const { content, createdAt } = last.kind === 'document' ? { content: restored(last.document), createdAt: last.document.createdAt } : { content: restored(old.document), createdAt: old.document.createdAt }
    const outcome = await store.write({ id, condition: { kind: 'buried', version: deleted }, change: { kind: 'create', content: resource.known.keep(old.document.content, content), createdAt }, ...authorOf(request) })
    return await sendOutcome(reply, outcome, { context, since, action: 'update', yourVersion: deleted, status: 200 })
  })
}
