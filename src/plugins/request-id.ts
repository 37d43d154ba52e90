import { randomUUID } from 'node:crypto'
import type { FastifyPluginCallback, FastifyServerOptions } from 'fastify'
import fp from 'fastify-plugin'

const HEADER = 'x-request-id'

/** Short enough that no token fits, and none of the characters that an e-mail address, a log format or a header gives a meaning to. */
const isRequestId = (value: unknown): value is string => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value)

/** The server option `genReqId`: the `X-Request-Id` of the request, if it is 1 to 64 letters, digits, `_`, `.` or `-`; else a new UUID. */
export const requestId: NonNullable<FastifyServerOptions['genReqId']> = ({ headers: { [HEADER]: sent } }) => isRequestId(sent) ? sent : randomUUID()

const plugin: FastifyPluginCallback = (app, _options, done) => {
  app.addHook('onRequest', (request, reply, next) => {
    reply.header(HEADER, request.id)
    next()
  })
  done()
}

/** Every reply names its request in `X-Request-Id`, under which its line stands in the log. Needs the server option `genReqId: requestId`. */
export const requestIdPlugin = fp(plugin, { name: 'noclobber-request-id', fastify: '5.x' })
