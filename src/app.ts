import fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from 'fastify'
import { collectFromInstances } from './instance-metrics.js'
import { createKeyRecords } from './idempotency/key-records.js'
import { eventRoutes } from './live/event-routes.js'
import { createLiveEvents, type LiveEventsOptions } from './live/live-events.js'
import { liveMetricsPlugin } from './live/live-metrics.js'
import type { JsonObject } from './merge/json.js'
import { docsPagePlugin } from './openapi/docs-page.js'
import { openapiPlugin } from './openapi/openapi-plugin.js'
import { registerPlatform, type PlatformOptions } from './platform.js'
import { compressionPlugin } from './plugins/compression.js'
import { databaseMetricsPlugin } from './plugins/database-metrics.js'
import { idempotencyKeyPlugin } from './plugins/idempotency-key.js'
import { jsonBodyPlugin } from './plugins/json-body.js'
import { loggedError } from './plugins/logged-error.js'
import { methodNotAllowedPlugin } from './plugins/method-not-allowed.js'
import { metricsRoute } from './plugins/metrics-route.js'
import { notAcceptablePlugin } from './plugins/not-acceptable.js'
import { pagePlugin } from './plugins/page.js'
import { problemDetailsPlugin } from './plugins/problem-details.js'
import { problemPagesPlugin } from './plugins/problem-pages.js'
import { rateLimitPlugin } from './plugins/rate-limit.js'
import { requestLimitsPlugin } from './plugins/request-limits.js'
import { serverOptions } from './plugins/server-options.js'
import { storableBodyPlugin } from './plugins/storable-body.js'
import { versionHook } from './plugins/version-hook.js'
import { isOpenRoute } from './sign-in/open-routes.js'
import { signInPlugin, type SignInOptions } from './sign-in/sign-in-plugin.js'
import { healthRoutes } from './resources/health-routes.js'
import type { Resource } from './resources/resource.js'
import { documentedResources } from './resources/resource-operations.js'
import { resourceRoutes } from './resources/resource-routes.js'
import { served } from './resources/served.js'
import { openDatabase } from './versioned-store/database.js'
import { createVersionedStore, type VersionedStoreOptions } from './versioned-store/versioned-store.js'

type Logger = NonNullable<FastifyServerOptions['logger']>

export interface AppOptions {
  readonly mongodbUri: string
  readonly database: string
  /** The largest body that is taken, in bytes. */
  readonly bodyLimit: number
  readonly tombstoneDays: number
  readonly storeMode: 'group' | 'single'
  /** What a GET of a document promises; `majority` unless given. */
  readonly readConcern?: 'majority' | 'linearizable'
  /** How long a request may take to arrive whole, in ms. */
  readonly requestTimeoutMs: number
  readonly closeGraceMs: number
  readonly logger?: Logger
  /** How the service learns who sends a request; without it there is no sign-in, and everybody may do everything. */
  readonly signIn?: SignInOptions | undefined
  /** The resources that are served; articles and users unless given. */
  readonly resources?: readonly Resource[]
  /** How many versions of a document can be had, the current one included; 0 keeps no history. */
  readonly historyLimit?: number
  /** Content that is kept in memory for each resource, in bytes. */
  readonly keptBytes?: number
  /** What stands around the resources in production; nothing unless given. */
  readonly platform?: PlatformOptions
  /** The directory that holds the built web page, which is served at `/`; none is unless given. */
  readonly page?: string | undefined
  /** Those who listen to changes: how many at once, how much may wait for one of them, and how often each gets a comment. */
  readonly events?: Pick<LiveEventsOptions, 'heartbeatMs' | 'maxSubscribers' | 'maxBytes' | 'idleMs' | 'presence'>
}

/** The logger, with errors as `loggedError` shows them. */
const safely = (logger: Logger): Logger => logger === true || typeof logger === 'object'
  ? { ...(logger === true ? {} : logger), serializers: { err: loggedError } }
  : logger

const subOf = ({ principal }: FastifyRequest): string | undefined => principal?.sub

/** The whole service, ready to listen or to be injected requests. Closing it closes its connections to the database. */
export const buildApp = async (options: AppOptions): Promise<FastifyInstance> => {
  const { mongodbUri, database, bodyLimit, tombstoneDays, storeMode, requestTimeoutMs, logger = false, signIn = {}, resources = served, keptBytes, historyLimit = 50, readConcern = 'majority', events = {}, platform = {}, page } = options
  const { rateLimitMax = 0, senderOf = subOf } = platform
  const connected = await openDatabase(mongodbUri, database)
  const { db, pool } = connected
  const app = fastify({ ...serverOptions, bodyLimit, requestTimeout: requestTimeoutMs, trustProxy: platform.trustProxy ?? false, logger: safely(logger) })
  app.addHook('onClose', () => connected.close())
  try {
    if (platform.tracing !== undefined) await app.register(platform.tracing)
    await app.register(problemDetailsPlugin)
    await registerPlatform(app, { ...platform, log: logger !== false })
    await app.register(signInPlugin, signIn)
    if (rateLimitMax > 0) await app.register(rateLimitPlugin, { max: rateLimitMax, keyOf: senderOf })
    for (const plugin of [methodNotAllowedPlugin, notAcceptablePlugin, requestLimitsPlugin, jsonBodyPlugin, versionHook, storableBodyPlugin]) await app.register(plugin)
    const records = createKeyRecords(db.collection('idempotency-keys'))
    await records.open()
    await app.register(idempotencyKeyPlugin, { records, senderOf: (request) => subOf(request) ?? '' })
    if (platform.compression === true) await app.register(compressionPlugin)
    await app.register(databaseMetricsPlugin, { pool })
    await app.register(openapiPlugin, { ...documentedResources(resources), isOpen: app.hasRequestDecorator('principal') ? isOpenRoute : undefined })
    await app.register(docsPagePlugin)
    await app.register(problemPagesPlugin)
    if (page !== undefined) await app.register(pagePlugin, { directory: page })
    await app.register(healthRoutes, { db })
    if (app.metrics !== undefined) await app.register(metricsRoute, { collect: platform.metrics === 'all' ? collectFromInstances(app.metrics) : undefined })
    const live = createLiveEvents({ mongodbUri, database, collections: resources.map(({ name }) => name), log: app.log, ...events })
    await app.register(liveMetricsPlugin, { live })
    app.addHook('preClose', (done) => {
      live.endAll()
      done()
    })
    app.addHook('onClose', () => live.close())
    for (const resource of resources) {
      const storeOptions: VersionedStoreOptions = { db, collection: resource.name, idForm: resource.idForm, unique: resource.unique, list: resource.listRules.fields, tombstoneDays, historyLimit, isKeyKept: records.isKept, mode: storeMode, readConcern, onRetry: app.countRetry && (() => app.countRetry?.(resource.name)), ...(keptBytes !== undefined && { keptBytes }) }
      const store = createVersionedStore<JsonObject>(storeOptions)
      await store.open()
      app.addHook('onClose', () => store.close())
      await app.register(resourceRoutes, { prefix: `/api/${resource.name}`, resource, store })
      await app.register(eventRoutes, { prefix: `/api/${resource.name}`, url: `/api/${resource.name}`, resource, store, live })
    }
    await app.ready()
  } catch (error) {
    await app.close()
    throw error
  }
  return app
}
