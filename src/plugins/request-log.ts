import { LogController, type FastifyPluginCallback } from 'fastify'
import fp from 'fastify-plugin'
import { routeOf, type EndedRequest } from './running-requests.js'

/** The server option `logController`: Fastify's own two lines per request, which hold the URL and the address, are not written. */
export const logController = new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' })

/** An id as a route takes it; anything else could be anything, such as an e-mail address. */
const loggedId = (params: unknown): string | undefined => {
  if (typeof params !== 'object' || params === null || !('id' in params)) return undefined
  return typeof params.id === 'string' && /^[\w-]{1,64}$/.test(params.id) ? params.id : undefined
}

const write = ({ request, reply, ms, aborted }: EndedRequest): void => {
  const line = {
    method: request.method,
    route: routeOf(request),
    id: loggedId(request.params),
    status: aborted ? undefined : reply.statusCode,
    ms: Math.round(ms * 100) / 100,
    problem: reply.problemType ?? undefined,
    ...(aborted && { aborted })
  }
  if (!aborted && reply.statusCode >= 500) request.log.error(line, 'request')
  else request.log.info(line, 'request')
}

const plugin: FastifyPluginCallback = (app, _options, done) => {
  app.runningRequests.onEnd(write)
  done()
}

/**
 * One line of JSON for each request: `requestId`, `method`, `route` (the pattern, absent where no route has the URL), `id` of the
 * document, `status` (absent where the client hung up first, which `aborted` tells), `ms`, and the `problem` type of an error. No
 * URL, whose query may hold anything, no header, no body, no address. Level `error` from status 500 on, else `info`.
 */
export const requestLogPlugin = fp(plugin, { name: 'noclobber-request-log', fastify: '5.x', dependencies: ['noclobber-running-requests', 'noclobber-problem-details'] })
