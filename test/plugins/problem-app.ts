import type { Server } from 'node:http'
import Fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import { jsonBodyPlugin } from '../../src/plugins/json-body.js'
import { methodNotAllowedPlugin } from '../../src/plugins/method-not-allowed.js'
import { notAcceptablePlugin } from '../../src/plugins/not-acceptable.js'
import { problemDetailsPlugin } from '../../src/plugins/problem-details.js'
import { problemPagesPlugin } from '../../src/plugins/problem-pages.js'
import { refuseWhileClosingPlugin } from '../../src/plugins/refuse-while-closing.js'
import { requestLimitsPlugin } from '../../src/plugins/request-limits.js'
import { serverOptions } from '../../src/plugins/server-options.js'
import { storableBodyPlugin } from '../../src/plugins/storable-body.js'

/** An app with every plugin that stands before a handler, in the order of the service, and the routes that `addRoutes` adds. It closes with the test. */
export const buildProblemApp = async (t: { teardown: (fn: () => Promise<void>) => void }, addRoutes: (app: FastifyInstance) => void, options: FastifyHttpOptions<Server> = {}): Promise<FastifyInstance> => {
  const app = Fastify({ ...serverOptions, ...options })
  t.teardown(() => app.close())
  await app.register(problemDetailsPlugin)
  await app.register(refuseWhileClosingPlugin)
  await app.register(methodNotAllowedPlugin)
  await app.register(notAcceptablePlugin)
  await app.register(requestLimitsPlugin)
  await app.register(jsonBodyPlugin)
  await app.register(storableBodyPlugin)
  await app.register(problemPagesPlugin)
  addRoutes(app)
  await app.ready()
  return app
}

/** The body of a problem, as a reply should have it. */
export const problem = (slug: string, title: string, status: number, detail: string, instance: string | undefined, members: object = {}): object => ({
  type: `/problems/${slug}`, title, status, detail, error: title, message: detail, ...(instance !== undefined && { instance }), ...members
})
