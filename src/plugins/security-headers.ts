import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyPluginCallback } from 'fastify'
import fp from 'fastify-plugin'
import helmet from 'helmet'

/** A page may load what the service itself serves, and run no inline script or style; nobody may frame it. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: { defaultSrc: ["'self'"], baseUri: ["'none'"], formAction: ["'self'"], frameAncestors: ["'none'"], objectSrc: ["'none'"] }
}

/**
 * What browsers of today read. HSTS is left to who speaks TLS, which knows whether the whole domain does; the rest that helmet
 * would set is for Flash and Internet Explorer.
 */
const apply = helmet({
  contentSecurityPolicy,
  xFrameOptions: { action: 'deny' },
  strictTransportSecurity: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false
})

/** The headers that helmet sets, which are the same for each reply. */
const headersOfHelmet = () => {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  apply(request, response, () => undefined)
  return response.getHeaders()
}

const plugin: FastifyPluginCallback = (app, _options, done) => {
  const headers = headersOfHelmet()
  app.addHook('onRequest', (_request, reply, next) => {
    reply.headers(headers)
    next()
  })
  done()
}

/** The security headers of helmet (https://helmetjs.github.io), computed once. A route may set one of its own instead. */
export const securityHeadersPlugin = fp(plugin, { name: 'noclobber-security-headers', fastify: '5.x' })
