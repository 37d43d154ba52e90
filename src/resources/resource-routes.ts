import type { FastifyContextConfig, FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { errors } from '../errors.js'
import type { JsonObject } from '../merge/json.js'
import type { VersionHookConfig } from '../plugins/version-hook.js'
import { ownerField } from '../sign-in/access.js'
import type { VersionedStore } from '../versioned-store/versioned-store.js'
import { deleteRoute } from './delete-route.js'
import { listRoute } from './list-route.js'
import { patchRoute } from './patch-route.js'
import { postRoute } from './post-route.js'
import { putRoute } from './put-route.js'
import { readRoute } from './read-route.js'
import type { Resource } from './resource.js'
import { restoreRoute } from './restore-route.js'
import { revisionListRoute, revisionRoute } from './revision-routes.js'
import { transitionRoutes } from './transition-routes.js'

/** What the routes of a resource are made from. */
export interface ResourceContext {
  readonly resource: Resource
  readonly store: VersionedStore<JsonObject>
  /** URL of the collection. */
  readonly url: string
}

/** Registers some routes of a resource. */
export type ResourceRoute = (app: FastifyInstance, context: ResourceContext) => void

export interface ById { Params: { id: string } }

/** The options of a route with an id in its URL: the version hook, and 400 for an id that has not the form of the resource's. */
export const byId = ({ resource }: ResourceContext, { versionHook, ...config }: Omit<FastifyContextConfig, 'versionHook'> & { versionHook?: VersionHookConfig } = {}) => {
  const { idForm } = resource
  return {
    config: { ...config, versionHook: { ...versionHookOf(resource), ...versionHook } },
    preValidation: (request: FastifyRequest<ById>, _reply: unknown, next: (error?: Error) => void) => {
      next(idForm.parse(request.params.id) === undefined ? errors.badRequest({ detail: `The id in the URL must be ${idForm.description}` }) : undefined)
    }
  }
}

/** What the declaration of a resource says to the version hook. */
export const versionHookOf = (resource: Resource): VersionHookConfig => {
  const { ifMatch, weakIfMatch, mismatchStatus, showCurrent, cacheControl } = resource
  const policy = { ifMatch, weakIfMatch, mismatchStatus, showCurrent, cacheControl }
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined))
}

/**
 * What the store is told of who writes: who it is, and under which key. A client that has hung up waits for no answer: its write may be dropped while it still
 * waits in the queue.
 */
export const authorOf = ({ raw: { socket }, claimedKey, principal }: FastifyRequest) => ({ by: principal?.sub, key: claimedKey?.key, signal: { get aborted () { return socket.destroyed } } })

/**
 * All routes of a resource. Register it with the collection's URL as prefix, after the version hook, and after sign-in. Fails where the
 * resource has an owner and there is no sign-in.
 */
export const resourceRoutes: FastifyPluginAsync<Omit<ResourceContext, 'url'>> = async (app, { resource, store }) => {
  const owner = ownerField(resource)
  if (owner !== undefined && !app.hasRequestDecorator('principal')) throw new Error(`resource ${JSON.stringify(resource.name)}: ${owner} is who has signed in, but there is no sign-in: set AUTH_JWT_SECRET or AUTH_JWKS_URL, or give authenticate`)
  const context = { resource, store, url: app.prefix }
  for (const route of [readRoute, postRoute, putRoute, patchRoute, deleteRoute, transitionRoutes, revisionRoute, restoreRoute]) route(app, context)
  for (const list of [listRoute, revisionListRoute]) await app.register(list, context)
}
