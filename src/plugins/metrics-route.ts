import type { FastifyPluginCallback } from 'fastify'
import { errors } from '../errors.js'
import './not-acceptable.js'
import './metrics.js'

export interface MetricsRouteOptions {
  /** The text of all instances that share the port; that of this process unless given. */
  readonly collect?: (() => Promise<string>) | undefined
}

/** `GET /metrics`: the registry `app.metrics` as Prometheus reads it (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export const metricsRoute: FastifyPluginCallback<MetricsRouteOptions> = (app, { collect }, done) => {
  app.get('/metrics', { config: { produces: ['text/plain'], unlimited: true } }, async (_request, reply) => {
    const { metrics } = app
    if (metrics === undefined) throw errors.notFound()
    const text = await (collect ?? (() => metrics.metrics()))()
    return reply.header('cache-control', 'no-store').type(metrics.contentType).send(text)
  })
  done()
}
