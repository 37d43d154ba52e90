import cors, { type FastifyCorsOptionsDelegateCallback } from '@fastify/cors'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import './method-not-allowed.js'

export interface CrossOriginOptions {
  /** Origins whose pages may call the service, such as `https://app.example`; `*` is any. */
  readonly origins: readonly string[]
}

/** How long a browser may remember the answer to a preflight, in seconds. */
const PREFLIGHT_MAX_AGE = 600

const shared = {
  methods: 'GET, HEAD, POST, PUT, PATCH, DELETE',
  allowedHeaders: 'Authorization, Content-Type, If-Match, If-None-Match, Prefer, Idempotency-Key, Last-Event-ID, X-Request-Id',
  exposedHeaders: 'ETag, Link, Location, Retry-After, Preference-Applied, Idempotency-Replayed, X-Request-Id',
  maxAge: PREFLIGHT_MAX_AGE
}

/** One `Vary` of what the reply says, and Origin. */
const withOrigin = (vary: number | string | string[] | undefined): string => {
  if (vary === undefined || vary === 'Origin') return 'Origin'
  const named = String(vary)
  return /\borigin\b/i.test(named) ? named : `${named}, Origin`
}

const plugin: FastifyPluginAsync<CrossOriginOptions> = async (app, { origins }) => {
  const any = origins.includes('*')
  const origin = any ? '*' : [...origins]
  const delegator: FastifyCorsOptionsDelegateCallback = ({ method, headers }, callback) => {
    if (headers.origin === undefined) {
      callback(null, { origin: false })
      return
    }
    // An OPTIONS that is no preflight asks which methods there are.
    const preflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
    callback(null, { ...shared, origin, preflight })
  }
  app.addHook('onRoute', (route) => {
    // The hook that answers preflights doesn't need the route that comes with it.
    if (route.url === '*' && route.method === 'OPTIONS') route.config = { ...route.config, everyUrl: true }
  })
  await app.register(cors, { delegator })
  if (any) return
  // A handler that sets Vary sets it anew; a cache must not give the reply for one origin to another.
  app.addHook('onSend', (_request, reply, payload, next) => {
    reply.header('vary', withOrigin(reply.getHeader('vary')))
    next(null, payload)
  })
}

/**
 * Lets pages of other origins call the service (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol), errors included, with the
 * headers that versions need. No credentials: who signs in sends a token, never a cookie. It stands before every plugin that may
 * refuse a request, so that the page can read the refusal.
 */
export const crossOriginPlugin = fp(plugin, { name: 'noclobber-cross-origin', fastify: '5.x' })
