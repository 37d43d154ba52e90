import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from '../errors.js'
import { printVersion } from '../preconditions/entity-tag.js'
import { judgeRead } from '../preconditions/judge-read.js'
import { judgeWrite, unsupportedOnCreate } from '../preconditions/judge-write.js'
import { readPreconditions, yourVersion, type Preconditions } from '../preconditions/preconditions.js'
import { writeCondition, type WriteCondition } from '../preconditions/write-condition.js'
import { errorTagProperty, guardError, guardReply, unguardReply } from './version-hook-etag-guard.js'
import { versionFilter, type VersionFilter } from './version-hook-filter.js'
import { leavesErrorsToFastify, replyPlainly } from './version-hook-plain-errors.js'
import { defaultPolicy, policyFault, verbOf, type Verb, type VersionHookConfig, type VersionHookOptions, type VersionPolicy } from './version-hook-policy.js'
import { malformedHeader, readRefusal, unsupportedHeader, writeRefusal } from './version-hook-refusal.js'
import { stateOf, storedState, type Stored } from './version-hook-stored.js'

export type { Stored, Verb, VersionFilter, VersionHookConfig, VersionHookOptions, VersionPolicy }

const kVersioned = Symbol('noclobber.versioned')

/** What the hook knows of a request of a route that asks for it. */
interface Versioned {
  readonly verb: Verb
  readonly policy: VersionPolicy
  readonly preconditions: Preconditions
}

/** What a refusal may say beyond what the hook knows. */
export interface RefusalOptions {
  /** The current document as a GET by the same client shows it, undefined where that shows none; what is stored, as it is, unless given. */
  readonly current?: unknown
  /** More members of the error's body, such as `alreadyApplied`. */
  readonly members?: Readonly<Record<string, unknown>>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asks for the version hook on this route. */
    versionHook?: boolean | VersionHookConfig
  }

  interface FastifyRequest {
    [kVersioned]: Versioned | null
    /** The preconditions of the request, from the `preValidation` of a route with `config.versionHook` on. */
    readonly preconditions: Preconditions
    /** What must hold in the write itself (PUT, PATCH, DELETE, transitions). */
    writeCondition: () => WriteCondition
    /** The same as a filter for MongoDB, to spread beside `_id`. */
    versionFilter: () => VersionFilter
  }

  interface FastifyReply {
    /** Sets ETag, Last-Modified and Cache-Control for the representation of a stored document. */
    setVersion: (stored: Stored) => FastifyReply
    /**
     * For GET and HEAD: sets the headers of `setVersion`, and says whether the reply is a 304, whose status is then set: send nothing.
     * Throws 404 for null, 410 for a tombstone, 412 where If-Match or If-Unmodified-Since doesn't hold.
     */
    isNotModified: (stored: Stored | null) => boolean
    /**
     * Sends a stored document with the headers of `setVersion`; to a GET or HEAD as `isNotModified` decides.
     * `body` is what to send in place of the stored document itself.
     */
    sendVersion: (stored: Stored | null, body?: unknown) => FastifyReply
    /**
     * Throws the error for a write that matched nothing, from what is stored now (null: never there): 404, 409, 410, 428, or 412 by policy.
     * Should that fit the preconditions after all, since somebody wrote between the write and this read, it is a 409 with `retryable: true`.
     */
    refuse: (stored: Stored | null, options?: RefusalOptions) => never
  }
}

const versionedOf = (request: FastifyRequest): Versioned => {
  const versioned = request[kVersioned]
  if (versioned === null) throw new Error(`${request.method} ${request.routeOptions.url ?? request.url} has no config.versionHook, or has not come to preValidation yet`)
  return versioned
}

const writeOf = (request: FastifyRequest) => {
  const { verb, policy, preconditions } = versionedOf(request)
  if (verb === 'read' || verb === 'create') throw new Error(`${request.method} ${request.routeOptions.url ?? request.url} has verb ${verb}, which changes no document`)
  return { verb, policy, preconditions }
}

const conditionOf = (request: FastifyRequest): WriteCondition => {
  const { verb, policy, preconditions } = writeOf(request)
  return writeCondition(verb, preconditions, policy)
}

const setVersion = (reply: FastifyReply, stored: Stored): FastifyReply => {
  const { cacheControl } = versionedOf(reply.request).policy
  const state = storedState(stored)
  reply.header('etag', printVersion(state.version))
  if (state.kind === 'document' && state.updatedAt !== null) reply.header('last-modified', state.updatedAt.toUTCString())
  if (cacheControl !== false && !reply.hasHeader('cache-control')) reply.header('cache-control', cacheControl)
  return reply
}

const isNotModified = (reply: FastifyReply, stored: Stored | null): boolean => {
  const judgement = judgeRead(versionedOf(reply.request).preconditions, stateOf(stored))
  if (judgement.kind === 'not-found' || judgement.kind === 'gone' || judgement.kind === 'failed') throw readRefusal(judgement)
  if (stored !== null) setVersion(reply, stored)
  if (judgement.kind === 'not-modified') reply.code(304)
  return judgement.kind === 'not-modified'
}

const sendVersion = (reply: FastifyReply, stored: Stored | null, body: unknown): FastifyReply => {
  if (versionedOf(reply.request).verb === 'read') return isNotModified(reply, stored) ? reply.send() : reply.send(body)
  if (stored === null) throw errors.notFound()
  return setVersion(reply, stored).send(body)
}

const refuse = (reply: FastifyReply, stored: Stored | null, options: RefusalOptions): never => {
  const { members = {} } = options
  const current = 'current' in options ? options.current : stored
  const { verb, policy, preconditions } = writeOf(reply.request)
  const state = stateOf(stored)
  const judgement = judgeWrite(verb, preconditions, policy, state)
  const context = { policy, yourVersion: yourVersion(preconditions), current, members }
  const currentVersion = state.kind === 'missing' ? null : state.version
  if (judgement.kind !== 'proceed') throw writeRefusal(judgement, currentVersion, context)
  if (state.kind !== 'document') throw errors.alreadyExists({ members: { retryable: true, ...members } })
  throw writeRefusal(
    { kind: 'version-conflict', version: state.version, deletedAt: null, weakTag: false },
    currentVersion, { ...context, members: { retryable: true, ...members } }
  )
}

const readHeaders = (request: FastifyRequest, verb: Verb, policy: VersionPolicy): void => {
  const read = readPreconditions(request.raw.rawHeaders, Date.now())
  if (read.kind === 'malformed') throw malformedHeader(read)
  const unsupported = verb === 'create' ? unsupportedOnCreate(read.preconditions) : null
  if (unsupported !== null) throw unsupportedHeader(unsupported)
  request[kVersioned] = { verb, policy, preconditions: read.preconditions }
}

const listOf = <Hook>(hooks: Hook | Hook[] | undefined): Hook[] => {
  if (hooks === undefined) return []
  return Array.isArray(hooks) ? hooks : [hooks]
}

const askFor = (app: FastifyInstance, route: RouteOptions, defaults: VersionPolicy): void => {
  const asked = route.config?.versionHook
  if (asked === undefined || asked === false) return
  const config = asked === true ? {} : asked
  const name = `config.versionHook of ${String(route.method)} ${route.url}`
  const fault = policyFault({ ...config }, name)
  if (fault !== undefined) throw fault
  for (const method of listOf(route.method)) {
    if (verbOf(method, config) === undefined) throw new Error(`${name}: the method says no verb, so the config must`)
  }
  const policy = { ...defaults, ...config }

  route.onRequest = [...listOf(route.onRequest), (request, reply, done) => {
    guardReply(request, reply)
    done()
  }]
  route.preValidation = [...listOf(route.preValidation), (request, _reply, done) => {
    readHeaders(request, verbOf(request.method, config) ?? 'read', policy)
    done()
  }]
  route.onError = [...listOf(route.onError), (request, reply, error, done) => {
    guardError(request, reply, error)
    done()
  }]
  route.onSend = [...listOf(route.onSend), (request, reply, payload, done) => {
    unguardReply(request, reply)
    done(null, payload)
  }]
  if (leavesErrorsToFastify(app)) route.errorHandler ??= replyPlainly
}

/**
 * Optimistic concurrency with entity-tags, for the routes that say `config: { versionHook: true }` or give a policy of their own there.
 * Reads the preconditions of the request (400 for one that can't be read, before the body is validated), gives the condition to write
 * under, and answers with ETag, 304, 404, 409, 410, 412 and 428. Routes that don't ask get no hook. The comparison itself is part of the
 * write in the database: `request.versionFilter()` with the driver of MongoDB, `request.writeCondition()` with anything else.
 *
 * Fails at registration where an option is not one of `VersionHookOptions`.
 */
const plugin = (app: FastifyInstance, options: VersionHookOptions, done: (error?: Error) => void): void => {
  const fault = policyFault({ ...options }, 'noclobber-version-hook')
  if (fault !== undefined) {
    done(fault)
    return
  }
  const defaults = { ...defaultPolicy, ...options }

  app.decorateRequest(kVersioned, null)
  app.decorateRequest(errorTagProperty, null)
  app.decorateRequest('preconditions', { getter () { return versionedOf(this).preconditions } })
  app.decorateRequest('writeCondition', function () { return conditionOf(this) })
  app.decorateRequest('versionFilter', function () { return versionFilter(conditionOf(this)) })
  app.decorateReply('setVersion', function (stored) { return setVersion(this, stored) })
  app.decorateReply('isNotModified', function (stored) { return isNotModified(this, stored) })
  app.decorateReply('sendVersion', function (stored, body = stored) { return sendVersion(this, stored, body) })
  app.decorateReply('refuse', function (stored, refusal = {}) { return refuse(this, stored, refusal) })
  app.addHook('onRoute', function (route) { askFor(this, route, defaults) })
  done()
}

export const versionHook = fp(plugin, { name: 'noclobber-version-hook', fastify: '5.x' })
