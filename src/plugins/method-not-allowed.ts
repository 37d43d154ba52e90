import { METHODS } from 'node:http'
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import Router from 'find-my-way'
import { errors } from '../errors.js'
import { JSON_TYPES } from './media-types.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route stands for every URL, and makes none exist: what comes to it is answered as if it weren't there. */
    everyUrl?: boolean
  }
}

/** The order of methods in `Allow`; others follow as they come. */
const ORDER = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

const plugin: FastifyPluginCallback = (fastify, _options, done) => {
  const { ignoreTrailingSlash, ignoreDuplicateSlashes, caseSensitive, maxParamLength } = fastify.initialConfig.routerOptions ?? {}
  const router = Router({
    ...(ignoreTrailingSlash !== undefined && { ignoreTrailingSlash }),
    ...(ignoreDuplicateSlashes !== undefined && { ignoreDuplicateSlashes }),
    ...(caseSensitive !== undefined && { caseSensitive }),
    ...(maxParamLength !== undefined && { maxParamLength })
  })
  const methods = new Set<Router.HTTPMethod>()

  fastify.addHook('onRoute', ({ method, url, config }) => {
    for (const name of [method].flat()) {
      // An OPTIONS route for every URL, such as that of CORS, makes no URL exist.
      if (!isRouterMethod(name) || name === 'OPTIONS' || router.hasRoute(name, url)) continue
      methods.add(name)
      router.on(name, url, noHandler, config?.mediaTypes ?? JSON_TYPES)
    }
  })

  // RFC 9110 section 9.3.7: `OPTIONS *` asks about the server in general.
  const allowed = (url: string) => [...methods]
    .sort((a, b) => rank(a) - rank(b))
    .filter((method) => url === '*' || router.find(method, url) !== null)

  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const url = request.raw.url ?? '/'
    const found = allowed(url)
    if (found.length === 0) throw errors.notFound()
    const allow = [...found, 'OPTIONS'].join(', ')
    if (request.method !== 'OPTIONS') throw errors.methodNotAllowed({ headers: { allow } })
    const patch: unknown = router.find('PATCH', url)?.store
    if (Array.isArray(patch)) reply.header('accept-patch', patch.join(', '))
    void reply.code(204).header('allow', allow).send()
  }

  fastify.addHook('onRequest', (request, reply, next) => {
    if (request.is404 || request.routeOptions.config.everyUrl === true) answer(request, reply)
    else next()
  })
  done()
}

const isRouterMethod = (method: string): method is Router.HTTPMethod => METHODS.includes(method)

const noHandler = () => undefined

const rank = (method: string) => ORDER.includes(method) ? ORDER.indexOf(method) : ORDER.length


/**
 * Tells a URL that no route has (404) from one that has other methods: 405 with `Allow` (RFC 9110 section 15.5.6), and OPTIONS 204
 * with `Allow` and, where there is a PATCH, `Accept-Patch` (RFC 5789 section 3.1). It does so before a body is read,
 * for a body of any kind can be sent to a URL that isn't there. It knows the routes that are added after it.
 */
export const methodNotAllowedPlugin = fp(plugin, { name: 'noclobber-method-not-allowed', fastify: '5.x' })
