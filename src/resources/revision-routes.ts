import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { errors } from '../errors.js'
import type { JsonObject } from '../merge/json.js'
import { contentEtagPlugin } from '../plugins/content-etag.js'
import { isVersion } from '../versioned-store/guard.js'
import type { KeptVersion } from '../versioned-store/history.js'
import { revisionKind } from '../versioned-store/revision.js'
import type { Tombstone } from '../versioned-store/versioned.js'
import { sendJsonOf } from './json-of.js'
import { denied, readableVersions } from './readable-versions.js'
import { nextLink, readPageQuery, unreadableCursor } from './page-query.js'
import { byId, type ById, type ResourceContext, type ResourceRoute } from './resource-routes.js'

export interface ByVersion extends ById { Params: { id: string, version: string } }

/** The version in a URL. Throws 400 for what is no version. */
export const versionParam = (text: string): number => {
  const version = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : 0
  if (!isVersion(version)) throw errors.badRequest({ detail: 'The version in the URL must be an integer from 1' })
  return version
}

const versionOf = ({ state }: KeptVersion<unknown>): number => state.kind === 'document' ? state.document.version : state.tombstone.version

const revisionItem = (kept: KeptVersion<unknown>) => {
  const { state, by, created } = kept
  const at = state.kind === 'document' ? state.document.updatedAt : state.tombstone.deletedAt
  return { version: versionOf(kept), at: at.toISOString(), ...(by !== undefined && { by }), kind: revisionKind(state.kind === 'tombstone' ? { deleted: true } : created ? { created } : {}) }
}

export const revisionPage = Type.Object({
  items: Type.Array(Type.Object({ version: Type.Integer(), at: Type.String(), by: Type.Optional(Type.String()), kind: Type.String() })),
  next: Type.Optional(Type.String())
})

/** `GET /:id/revisions`: the versions that are kept, the latest first. */
export const revisionListRoute: FastifyPluginAsync<ResourceContext> = async (app, context) => {
  const { resource, store, url } = context
  const { preValidation } = byId(context)
  await app.register(contentEtagPlugin)
  app.get<ById & { Querystring: Record<string, unknown> }>('/:id/revisions', { preValidation, schema: { response: { 200: revisionPage } } }, async (request, reply) => {
    const { limit, cursor } = readPageQuery(request.query)
    const { id } = request.params
    if (cursor !== undefined && !/^[1-9][0-9]{0,15}$/.test(cursor)) throw unreadableCursor()
    const kept = await store.versions(id, 1)
    const versions = readableVersions(request, resource, kept)
    if (versions.length === 0 || versions[0] !== kept[0]) throw kept.length === 0 ? errors.notFound() : denied(resource)
    const rest = cursor === undefined ? versions : versions.filter((kept) => versionOf(kept) <= Number(cursor))
    const following = rest[limit]
    const next = following && String(versionOf(following))
    if (next !== undefined) reply.header('link', nextLink(`${url}/${id}/revisions`, limit, next))
    return reply.header('cache-control', 'private, no-cache').send({ items: rest.slice(0, limit).map(revisionItem), ...(next !== undefined && { next }) })
  })
}

/**
 * A version of a document that is kept. Throws 404 for one that was never there or is no longer kept, and 403, or the same 404 where
 * existence is secret, for one that the request may not read: it must be permitted to read both that version and the current one.
 */
export const readVersion = async ({ resource, store }: ResourceContext, request: FastifyRequest, id: string, version: number, since = performance.now()): Promise<KeptVersion<JsonObject>['state']> => {
  // Who may read a delete is known by the version before it.
  const versions = await store.versions(id, Math.max(1, version - 1), undefined, since)
  const kept = versions.find((one) => versionOf(one) === version)
  const notKept = errors.notFound({ detail: `Version ${version} is not there, or no longer kept` })
  if (kept === undefined) throw notKept
  const readable = readableVersions(request, resource, versions)
  if (readable.includes(kept) && (versions[0]?.state.kind !== 'document' || readable[0] === versions[0])) return kept.state
  throw resource.existence === 'secret' ? notKept : errors.forbidden()
}

/** 410 for the version of a delete. */
export const deletedVersion = ({ version, deletedAt }: Tombstone) =>
  errors.gone({ detail: `Version ${version} is a delete`, members: { version, deletedAt: deletedAt.toISOString() } })

/** `GET /:id/revisions/:version`: the document as it was then; 410 for the version of a delete. */
export const revisionRoute: ResourceRoute = (app, context) => {
  const schema = { response: { 200: context.resource.schemas.document } }
  app.get<ByVersion>('/:id/revisions/:version', { ...byId(context), schema }, async (request, reply) => {
    const state = await readVersion(context, request, request.params.id, versionParam(request.params.version))
    if (state.kind === 'tombstone') throw deletedVersion(state.tombstone)
    return await (reply.isNotModified(state.document) ? reply.send() : sendJsonOf(reply, context.resource, state.document))
  })
}
