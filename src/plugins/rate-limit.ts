import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from '../errors.js'
import './running-requests.js'

export interface RateLimitOptions {
  /** Requests of one sender per minute, 1 or more. */
  readonly max: number
  /** Who sends a request; undefined counts by address, and by /64 subnet for IPv6. */
  readonly keyOf?: (request: FastifyRequest) => string | undefined
}

const WINDOW_MS = 60_000
/** Senders whose requests are counted at a time; the one that was seen longest ago is forgotten first. */
const SENDERS = 10_000

const plugin: FastifyPluginAsync<RateLimitOptions> = async (app, { max, keyOf = () => undefined }) => {
  if (!Number.isSafeInteger(max) || max < 1) throw new Error(`rate-limit: max is ${max}, and must be an integer from 1 on`)
  const keyGenerator = (request: FastifyRequest): string => {
    const sender = keyOf(request)
    return sender === undefined ? `address ${normalizeIP(request.ip)}` : `sender ${sender}`
  }
  await app.register(rateLimit, { global: false, max, timeWindow: WINDOW_MS, cache: SENDERS, keyGenerator })
  const take = app.createRateLimit()
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.unlimited === true) return
    const taken = await take(request)
    if (taken.isAllowed || !taken.isExceeded) return
    throw errors.rateLimited({ detail: `More than ${max} requests in a minute`, headers: { 'retry-after': String(Math.max(1, taken.ttlInSeconds)) } })
  })
}

/**
 * 429 with `Retry-After` in seconds (RFC 6585 section 4) for who has sent more than `max` requests within a minute, by
 * `@fastify/rate-limit`. One hook counts all requests, those that no route has included. Each process counts for itself.
 */
export const rateLimitPlugin = fp(plugin, { name: 'noclobber-rate-limit', fastify: '5.x' })
