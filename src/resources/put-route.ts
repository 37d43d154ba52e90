import { jsonEquals, type JsonObject } from '../merge/json.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import { readPutBody, versionsDisagree } from './put-body.js'
import { sendOutcome } from './replies.js'
import { byId, hungUp, type ById, type ResourceRoute } from './resource-routes.js'
import { withInitialState, withStateOf } from './states.js'
import { conditionOf } from './write-condition.js'

/** `PUT /:id`: replaces a document, or with `If-None-Match: *` creates it. */
export const putRoute: ResourceRoute = (app, context) => {
  const { resource, store, url } = context
  const { schemas, states } = resource
  const schema = { body: schemas.replace, response: { 200: schemas.document, 201: schemas.document } }
  app.put<ById & { Body: JsonObject }>('/:id', { ...byId(context), schema }, async (request, reply) => {
    const { id } = request.params
    const { content, version } = readPutBody(request.body, id, resource.idForm)
    const condition = conditionOf(request, version)
    const signal = hungUp(request)
    const next = (base: VersionedDocument<JsonObject>): JsonObject => {
      if (version !== undefined && version !== base.version) throw versionsDisagree(`must be the stored version, ${base.version}`)
      return withStateOf(states, base, content)
    }
    const outcome = condition.kind === 'absent'
      ? await store.write({ id, condition, change: { kind: 'create', content: withInitialState(states, content) }, signal })
      : await store.write({ id, condition, change: { kind: 'replace', next }, signal })
    return sendOutcome(reply, outcome, {
      resource,
      url,
      narrowedTo: version,
      alreadyApplied: (current) => current.kind === 'document' && jsonEquals({ ...stateOf(current.document, states?.field), ...content }, current.document.content)
    })
  })
}

const stateOf = ({ content }: VersionedDocument<JsonObject>, field: string | undefined): JsonObject => {
  const state = field === undefined ? undefined : content[field]
  return field === undefined || state === undefined ? {} : { [field]: state }
}
