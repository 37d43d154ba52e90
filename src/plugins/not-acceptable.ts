import accepts from '@fastify/accepts'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from '../errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types that the route can answer with, the best first; `application/json` unless given. */
    produces?: readonly string[]
  }
}

const JSON_ONLY = ['application/json']

const plugin: FastifyPluginAsync = async (fastify) => {
  await fastify.register(accepts)
  fastify.addHook('onRequest', (request, _reply, next) => {
    const { accept } = request.headers
    const produces = request.routeOptions.config.produces ?? JSON_ONLY
    const acceptable = request.is404 || accept === undefined || accept === '*/*' || accept.trim() === '' || request.accepts().type([...produces]) !== false
    if (acceptable) next()
    else next(errors.notAcceptable({ detail: `The reply would be ${produces.join(' or ')}, which Accept rules out` }))
  })
}

/** 406 where `Accept` rules out all that a route can answer with (RFC 9110 section 12.5.1). An empty `Accept` rules out nothing. */
export const notAcceptablePlugin = fp(plugin, { name: 'noclobber-not-acceptable', fastify: '5.x' })
