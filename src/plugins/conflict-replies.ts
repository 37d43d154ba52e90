import type { FastifyError, FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { ConflictTranslator, DuplicateKey } from '../conflict-translators/duplicate-key.js'
import type { ProblemError } from '../errors.js'
import { duplicateError, takenIdError, type ExistingHolder } from './duplicate-error.js'
import { sendProblem } from './problem-reply.js'

/** What is asked of a `findExisting`: who holds these values? */
export interface HeldValues {
  readonly fields: readonly string[]
  /** What the request sent for each field, else what the database said is taken. */
  readonly values: Readonly<Record<string, unknown>>
  readonly request: FastifyRequest
}

export interface ConflictRepliesRouteOptions {
  /** What the resource is called, such as `user`; `resource` unless given. */
  readonly noun?: string
  /** Looks up who holds the values, for `existing` and `currentVersion` in the reply. Undefined where nobody does any more. */
  readonly findExisting?: (held: HeldValues) => Promise<ExistingHolder | undefined> | ExistingHolder | undefined
  /** `false` where to tell who holds a value would tell too much, such as who has an account; true unless given. */
  readonly revealExisting?: boolean
}

export interface ConflictRepliesOptions extends ConflictRepliesRouteOptions {
  /** Read the errors of the databases that are in use, such as `mongodb` and `postgresql`. */
  readonly translators: readonly ConflictTranslator[]
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How a route tells of conflicts, where it isn't as the plugin's options say; `false`: its errors are left alone. */
    conflictReplies?: ConflictRepliesRouteOptions | false
  }
  interface FastifyInstance {
    /** The conflict that a database's error stands for, for error handlers of your own; undefined for any other error. */
    toConflict: (error: unknown, request: FastifyRequest) => Promise<ProblemError | undefined>
  }
}

type ErrorHandler = (this: FastifyInstance, error: FastifyError, request: FastifyRequest, reply: FastifyReply) => unknown

const MAX_CAUSES = 8

const plugin: FastifyPluginCallback<ConflictRepliesOptions> = (fastify, { translators, ...defaults }, done) => {
  const given: unknown = translators
  if (!Array.isArray(given) || given.length === 0) {
    done(new TypeError(`conflict-replies: translators must be a list of at least one translator, not ${JSON.stringify(given)}`))
    return
  }
  const translate = (error: unknown): DuplicateKey | undefined => {
    for (let cause = error, depth = 0; depth < MAX_CAUSES && cause !== undefined; depth++) {
      for (const translator of translators) {
        const duplicate = translator(cause)
        if (duplicate !== undefined) return duplicate
      }
      cause = cause instanceof Error ? cause.cause : undefined
    }
    return undefined
  }

  const toConflict = async (error: unknown, request: FastifyRequest): Promise<ProblemError | undefined> => {
    const { conflictReplies } = request.routeOptions.config
    const duplicate = conflictReplies === false ? undefined : translate(error)
    if (duplicate === undefined) return undefined
    const { noun = 'resource', findExisting, revealExisting = true } = { ...defaults, ...conflictReplies }
    if (duplicate.primaryKey) return takenIdError(noun)
    const existing = revealExisting && findExisting !== undefined ? await lookUp(findExisting, duplicate, request) : undefined
    return duplicateError({ noun, fields: duplicate.fields, existing })
  }

  fastify.decorate('toConflict', toConflict)
  fastify.addHook('onRoute', (route) => {
    if (route.config?.conflictReplies !== false) route.errorHandler = conflictsFirst(route.errorHandler, toConflict)
  })
  done()
}

/** Answers conflicts; any other error goes to the route's own error handler, or else to that of the app. */
const conflictsFirst = (next: ErrorHandler | undefined, toConflict: FastifyInstance['toConflict']): NonNullable<RouteOptions['errorHandler']> =>
  async function (error, request, reply): Promise<FastifyReply> {
    const conflict = await toConflict(error, request)
    if (conflict !== undefined) return sendProblem(reply, conflict)
    if (next === undefined) throw error
    const payload: unknown = await next.call(this, error, request, reply)
    return reply.sent || payload === undefined ? reply : reply.send(payload)
  }

const lookUp = async (findExisting: NonNullable<ConflictRepliesRouteOptions['findExisting']>, { fields, values }: DuplicateKey, request: FastifyRequest): Promise<ExistingHolder | undefined> => {
  const sent = fields.map((field): [string, unknown] => [field, valueAt(request.body, field) ?? values[field]])
  try {
    return await findExisting({ fields, values: Object.fromEntries(sent), request })
  } catch (error) {
    // The write was refused all the same, and the reply must say so.
    request.log.warn({ err: error }, 'Who holds a duplicate value could not be looked up')
    return undefined
  }
}

const valueAt = (body: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined, body)

/**
 * Turns the errors by which a database refuses a duplicate into 409 replies with problem details (RFC 9457) that name the fields and who
 * holds the values: in the routes that are added after it, whatever error handler the app has. A taken primary key is `already-exists`.
 */
export const conflictRepliesPlugin = fp(plugin, { name: 'noclobber-conflict-replies', fastify: '5.x' })
