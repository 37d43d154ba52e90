import cluster from 'node:cluster'
import type { FastifyInstance, FastifyPluginCallback, FastifyRequest } from 'fastify'
import { closeUnusedConnectionsPlugin } from './plugins/close-unused-connections.js'
import { crossOriginPlugin } from './plugins/cross-origin.js'
import { handlerTimeoutPlugin } from './plugins/handler-timeout.js'
import { metricsPlugin } from './plugins/metrics.js'
import { overloadPlugin } from './plugins/overload.js'
import { refuseWhileClosingPlugin } from './plugins/refuse-while-closing.js'
import { requestIdPlugin } from './plugins/request-id.js'
import { requestLogPlugin } from './plugins/request-log.js'
import { runningRequestsPlugin } from './plugins/running-requests.js'
import { securityHeadersPlugin } from './plugins/security-headers.js'
import { readTrustProxy } from './trust-proxy.js'
import { readOrigins, type Settings } from './settings.js'
import { hasTokens } from './sign-in/token-settings.js'

/** What stands around the resources in production. What is left out is off, and costs nothing. */
export interface PlatformOptions {
  /** Addresses and networks of the proxies that are believed about the address of a client; none unless given. */
  readonly trustProxy?: string[] | undefined
  /** How long a request may take to be answered, in ms. */
  readonly handlerTimeoutMs?: number
  /** Requests of one sender per minute. */
  readonly rateLimitMax?: number
  /** Who sends a request; undefined is its address. */
  readonly senderOf?: (request: FastifyRequest) => string | undefined
  /** Requests that are handled at once. */
  readonly maxConcurrent?: number
  /** The mean delay of the event loop above which requests are refused, in ms. */
  readonly maxEventLoopDelayMs?: number
  /** Origins whose pages may call the service; `*` is any. */
  readonly corsOrigins?: readonly string[]
  readonly securityHeaders?: boolean
  readonly compression?: boolean
  /** `all`: `/metrics` shows what all instances of the service count together; `own`: what this process counts. */
  readonly metrics?: 'own' | 'all' | false
  /** Makes a span of each request. */
  readonly tracing?: FastifyPluginCallback | undefined
}

/** Requests of one user per minute, where there is sign-in and the settings don't say. */
const signedInRateLimit = 6000

/** What the settings ask for. */
export const platformOf = (settings: Settings): PlatformOptions => ({
  trustProxy: settings.TRUST_PROXY === undefined ? undefined : readTrustProxy(settings.TRUST_PROXY),
  handlerTimeoutMs: settings.HANDLER_TIMEOUT_MS,
  rateLimitMax: settings.RATE_LIMIT_MAX ?? (hasTokens(settings) ? signedInRateLimit : 0),
  maxConcurrent: settings.MAX_CONCURRENT_REQUESTS,
  maxEventLoopDelayMs: settings.MAX_EVENT_LOOP_DELAY_MS,
  corsOrigins: settings.CORS_ORIGIN === undefined ? [] : readOrigins(settings.CORS_ORIGIN),
  securityHeaders: settings.SECURITY_HEADERS,
  compression: settings.COMPRESSION,
  metrics: settings.METRICS && (cluster.isWorker && settings.INSTANCES > 1 ? 'all' : 'own')
})

/**
 * Registers what counts, marks, ends or refuses a request before anything asks who sends it, in the order in which that is to
 * happen: what a page of another origin must be able to read comes behind the headers that let it. What is off adds no hook.
 */
export const registerPlatform = async (app: FastifyInstance, options: PlatformOptions & { readonly log: boolean }): Promise<void> => {
  const { log, securityHeaders = false, corsOrigins = [], metrics = false, maxConcurrent = 0, maxEventLoopDelayMs = 0, handlerTimeoutMs = 0 } = options
  const overload = maxConcurrent > 0 || maxEventLoopDelayMs > 0
  if (log || metrics !== false || overload) await app.register(runningRequestsPlugin)
  await app.register(requestIdPlugin)
  if (log) await app.register(requestLogPlugin)
  if (metrics !== false) await app.register(metricsPlugin)
  if (securityHeaders) await app.register(securityHeadersPlugin)
  if (corsOrigins.length > 0) await app.register(crossOriginPlugin, { origins: corsOrigins })
  await app.register(refuseWhileClosingPlugin)
  await app.register(closeUnusedConnectionsPlugin)
  if (handlerTimeoutMs > 0) await app.register(handlerTimeoutPlugin, { timeoutMs: handlerTimeoutMs })
  if (overload) await app.register(overloadPlugin, { maxConcurrent, maxEventLoopDelayMs })
}
