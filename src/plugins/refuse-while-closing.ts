import type { FastifyPluginCallback } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from '../errors.js'
import './running-requests.js'
import { isSafe } from './translate-error.js'

const plugin: FastifyPluginCallback = (fastify, _options, done) => {
  let closing = false
  fastify.addHook('preClose', (done) => {
    closing = true
    if (fastify.hasDecorator('runningRequests')) {
      for (const reply of fastify.runningRequests.replies) if (!reply.raw.headersSent) reply.header('connection', 'close')
    }
    done()
  })
  fastify.addHook('onRequest', (request, _reply, next) => {
    if (!closing) {
      next()
      return
    }
    next(errors.unavailable({ detail: 'The service is stopping', members: isSafe(request.method) ? {} : { outcome: 'not-applied' } }))
  })
  done()
}

/**
 * 503 for requests that come in on open connections once the app is closing (RFC 9110 section 15.6.4), which Fastify then closes; those that run already are
 * answered, and where `noclobber-running-requests` knows of them with `Connection: close` (section 9.6 of RFC 9112).
 * It stands in for Fastify's own reply: the server option `return503OnClosing` must be false.
 */
export const refuseWhileClosingPlugin = fp(plugin, { name: 'noclobber-refuse-while-closing', fastify: '5.x' })
