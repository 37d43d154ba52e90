import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** A request that has ended. */
export interface EndedRequest {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** From its first hook to the end of its reply, in ms. */
  readonly ms: number
  /** Whether the connection was closed before there was a reply. */
  readonly aborted: boolean
}

/** The requests that are handled just now. */
export interface RunningRequests {
  /** How many there are, without those of routes that say `config.longLived`. */
  readonly count: number
  /** Their replies, those of long-lived routes included. */
  readonly replies: ReadonlySet<FastifyReply>
  /** Has `listener` called at the end of each request, also of one whose client hangs up, and of one that no route has. It must not throw. */
  onEnd: (listener: (ended: EndedRequest) => void) => void
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route's replies last as long as the client likes, such as an event stream: they don't count as requests that are handled. */
    longLived?: boolean
    /** The route answers however busy the service is: it is neither rate limited nor refused under load. */
    unlimited?: boolean
  }
  interface FastifyInstance {
    readonly runningRequests: RunningRequests
  }
}

/** The pattern of the route of a request, never its URL; undefined where no route has it. */
export const routeOf = ({ is404, routeOptions: { url } }: FastifyRequest): string | undefined => is404 ? undefined : url

const plugin: FastifyPluginCallback = (app, _options, done) => {
  let count = 0
  const replies = new Set<FastifyReply>()
  const listeners: ((ended: EndedRequest) => void)[] = []
  app.decorate('runningRequests', {
    get count () { return count },
    replies,
    onEnd: (listener) => void listeners.push(listener)
  })
  app.addHook('onRequest', (request, reply, next) => {
    const since = performance.now()
    const counts = request.routeOptions.config.longLived === true ? 0 : 1
    count += counts
    replies.add(reply)
    reply.raw.once('close', () => {
      count -= counts
      replies.delete(reply)
      if (listeners.length === 0) return
      const ended = { request, reply, ms: performance.now() - since, aborted: !reply.raw.writableEnded }
      for (const listener of listeners) listener(ended)
    })
    next()
  })
  done()
}

/**
 * Counts the requests that are handled, and tells of the end of each, on one listener for all that want to know. It stands before
 * every plugin whose hook may end a request. Fastify's `onResponse` isn't called where the client hangs up first; the `close`
 * event of a response is (https://nodejs.org/api/http.html#event-close_1).
 */
export const runningRequestsPlugin = fp(plugin, { name: 'noclobber-running-requests', fastify: '5.x' })
