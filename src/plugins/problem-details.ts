import type { FastifyPluginCallback, FastifyServerOptions } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from '../errors.js'
import { refuseConnect } from './client-error-handler.js'
import { sendProblem } from './problem-reply.js'
import { translateError } from './translate-error.js'

const plugin: FastifyPluginCallback = (fastify, _options, done) => {
  fastify.decorateReply('problemType', null)
  fastify.setErrorHandler((error, request, reply) => {
    const problem = translateError(error, request)
    if (problem.statusCode >= 500) request.log.error({ err: error }, problem.message)
    return sendProblem(reply, problem)
  })
  fastify.setNotFoundHandler((_request, reply) => sendProblem(reply, errors.notFound()))
  fastify.server.on('connect', refuseConnect)
  done()
}

/**
 * Answers every error, of every kind, with problem details (RFC 9457): errors of `errors` with their members and headers,
 * Fastify's own and those of other plugins as the type that fits, anything else as a 500 that is logged and says nothing of its cause.
 */
export const problemDetailsPlugin = fp(plugin, { name: 'noclobber-problem-details', fastify: '5.x' })

/** The server option `frameworkErrors`: what Fastify's router refuses, before any hook runs, is a problem too. */
export const frameworkErrors: NonNullable<FastifyServerOptions['frameworkErrors']> = (error, request, reply) => {
  void sendProblem(reply, translateError(error, request))
}
