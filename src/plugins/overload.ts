import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { errors, type ProblemError } from '../errors.js'
import { isSafe } from './translate-error.js'

export interface OverloadOptions {
  /** Requests that are handled at once; one more is refused. 0: any number. */
  readonly maxConcurrent: number
  /** The longest mean delay of the event loop over a sample, in ms, above which requests are refused. 0: any. */
  readonly maxEventLoopDelayMs: number
  /** How long a sample takes, in ms. */
  readonly sampleMs?: number
}

/** Above this share of the heap the garbage collector gets little else done. */
const HEAP_SHARE = 0.95

const overloaded = ({ method }: FastifyRequest): ProblemError =>
  errors.unavailable({ detail: 'The service is overloaded', members: isSafe(method) ? {} : { outcome: 'not-applied' } })

const isUnlimited = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.unlimited === true

const plugin: FastifyPluginAsync<OverloadOptions> = async (app, { maxConcurrent, maxEventLoopDelayMs, sampleMs = 1_000 }) => {
  if (maxConcurrent > 0) {
    const { runningRequests } = app
    app.addHook('onRequest', (request, _reply, next) => {
      next(runningRequests.count > maxConcurrent && !isUnlimited(request) ? overloaded(request) : undefined)
    })
  }
  await app.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    maxHeapUsedBytes: Math.floor(getHeapStatistics().heap_size_limit * HEAP_SHARE),
    sampleInterval: sampleMs,
    pressureHandler: (request) => isUnlimited(request) ? undefined : Promise.reject(overloaded(request))
  })
}

/**
 * 503 with `Retry-After` where more requests are handled at once than the service does well, the event loop is late, or the heap
 * is nearly full (`@fastify/under-pressure`): refused at once, before anything is read or written, which a write's
 * `outcome: "not-applied"` says. Routes with `config.unlimited` are answered all the same.
 */
export const overloadPlugin = fp(plugin, { name: 'noclobber-overload', fastify: '5.x', dependencies: ['noclobber-running-requests'] })
