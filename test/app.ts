import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { MongoClient, type Db } from 'mongodb'
import type { Test } from 'tap'
import { appOptionsOf } from '../src/app-options.js'
import { buildApp, type AppOptions } from '../src/app.js'
import { withDocumentedReplies } from '../scripts/fuzz/documented-replies.js'
import { readSettings } from '../src/settings.js'
import { mongodbUri } from './mongodb-uri.js'

export const storeModes = ['group', 'single'] as const

export interface TestApp {
  readonly app: FastifyInstance
  /** The database of the app, to look behind it. */
  readonly db: Db
}

export interface TestAppOptions extends Partial<AppOptions> {
  /** What another release stored is shown too, which need not fit what this one documents. */
  readonly mixedReleases?: boolean
}

/**
 * The whole service with the settings that it has unless given, on the real mongod of this run, in a database of its own. When
 * the test ends it closes, and the database is dropped. Each reply is held against the service's own OpenAPI document: the test fails
 * where one has a status, header or body that isn't documented for its route.
 */
export const buildTestApp = async (t: Test, { mixedReleases = false, ...options }: TestAppOptions = {}): Promise<TestApp> => {
  const settings = appOptionsOf(readSettings({}, '/no/such/file'))
  const database = `app-${randomBytes(6).toString('hex')}`
  const uri = options.mongodbUri ?? mongodbUri()
  const { app, faults } = await withDocumentedReplies(() => buildApp({
    ...settings,
    mongodbUri: uri,
    database,
    logger: false,
    // That the machine is busy with other tests is no reason to refuse a request.
    platform: { ...settings.platform, maxEventLoopDelayMs: 0 },
    ...options
  }))
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 2_000 })
  t.teardown(async () => {
    await app.close()
    // Where a test has ended its own mongod the database is gone already.
    await client.db(database).dropDatabase().catch(() => undefined)
    await client.close()
    if (faults.size > 0 && !mixedReleases) throw new Error(`replies that /openapi.json does not tell of:\n${[...faults].slice(0, 20).join('\n')}`)
  })
  return { app, db: client.db(database) }
}

/** Lets the app listen on a free port of loopback; the base of its URLs. */
export const listen = async (app: FastifyInstance): Promise<string> => {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}
