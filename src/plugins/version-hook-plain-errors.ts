import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isProblemError } from '../errors.js'

/** Whether the app leaves errors to Fastify itself: every handler that `setErrorHandler` takes is bound, and so has another name. */
export const leavesErrorsToFastify = (app: FastifyInstance): boolean => app.errorHandler.name === 'defaultErrorHandler'

/**
 * Error handler of a route. Fastify's own would leave out everything but `statusCode`, `code`, `error` and `message`; here the members
 * that a conflict is resolved with (`currentVersion`, `current`, ...) stand beside those. Any other error, and every error in an app with
 * an error handler of its own, goes on to the app's.
 */
export const replyPlainly = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  if (!isProblemError(error) || !leavesErrorsToFastify(request.server)) throw error
  const { statusCode, code, message, members, headers } = error
  reply.code(statusCode).headers(headers).send({ statusCode, code, error: STATUS_CODES[statusCode], message, ...members })
}
