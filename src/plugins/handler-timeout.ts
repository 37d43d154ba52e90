import type { FastifyPluginCallback } from 'fastify'
import fp from 'fastify-plugin'
import './running-requests.js'

export interface HandlerTimeoutOptions {
  /** How long a request may take to be answered, in ms. */
  readonly timeoutMs: number
}

const plugin: FastifyPluginCallback<HandlerTimeoutOptions> = (app, { timeoutMs }, done) => {
  app.addHook('onRoute', (route) => {
    if (route.handlerTimeout === undefined && route.config?.longLived !== true) route.handlerTimeout = timeoutMs
  })
  done()
}

/**
 * Fastify's `handlerTimeout` (https://fastify.dev/docs/latest/Reference/Server/#handlertimeout) for the routes that are added after
 * it: 503, which on a write says `outcome: "unknown"`. Routes whose replies last as long as the client likes, by
 * `config.longLived`, have none.
 */
export const handlerTimeoutPlugin = fp(plugin, { name: 'noclobber-handler-timeout', fastify: '5.x' })
