import type { FastifyPluginCallback, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'
import { problemTypes } from '../problem-types.js'
import { isSafe } from './translate-error.js'
import { routeOf, type EndedRequest } from './running-requests.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where gauges and counters of other parts go; undefined where metrics are off. */
    metrics?: Registry
  }
}

const NO_ROUTE = 'none'
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The pattern of the route, never the URL: there must be few. */
const routeLabel = (request: FastifyRequest): string => routeOf(request) ?? NO_ROUTE

/** `articles` of `/api/articles/:id`. */
const resourceOf = (request: FastifyRequest): string => /^\/api\/([^/]+)/.exec(routeLabel(request))?.[1] ?? NO_ROUTE

const plugin: FastifyPluginCallback = (app, _options, done) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const durations = new Histogram({ name: 'http_request_duration_seconds', help: 'Requests by route pattern, method and status ("aborted" where the client hung up), and how long they took', labelNames: ['method', 'route', 'status'], buckets: SECONDS, registers })
  const conflicts = new Counter({ name: 'noclobber_conflicts_total', help: 'Refusals because of what is stored, by resource and problem type', labelNames: ['resource', 'kind'], registers })
  const merges = new Counter({ name: 'noclobber_merges_total', help: 'Edits of an earlier version that were merged with the stored one', labelNames: ['resource'], registers })
  const replays = new Counter({ name: 'noclobber_replays_total', help: 'Replies that were given again for an Idempotency-Key', labelNames: ['resource'], registers })

  const countOutcome = ({ request, reply }: EndedRequest): void => {
    const { problemType } = reply
    if (problemType !== null) {
      if (problemTypes[problemType].status === 409) conflicts.inc({ resource: resourceOf(request), kind: problemType })
    } else if (reply.hasHeader('idempotency-replayed')) {
      replays.inc({ resource: resourceOf(request) })
    } else if (String(reply.getHeader('preference-applied') ?? '').includes('conflict=merge')) {
      merges.inc({ resource: resourceOf(request) })
    }
  }

  app.decorate('metrics', registry)
  app.runningRequests.onEnd((ended) => {
    const { request, reply, ms, aborted } = ended
    durations.observe({ method: request.method, route: routeLabel(request), status: aborted ? 'aborted' : String(reply.statusCode) }, ms / 1000)
    if (!aborted && !isSafe(request.method)) countOutcome(ended)
  })
  done()
}

/**
 * Counts requests, conflicts, merges and replays for Prometheus (https://prometheus.io/docs/practices/naming/), and decorates the app
 * with the registry `metrics` for what other parts count. `metricsRoute` shows it.
 */
export const metricsPlugin = fp(plugin, { name: 'noclobber-metrics', fastify: '5.x', dependencies: ['noclobber-running-requests', 'noclobber-problem-details'] })
