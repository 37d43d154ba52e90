import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from '../errors.js'
import { isOpenRoute } from './open-routes.js'
import { subFault, type Authenticate } from './principal.js'
import { tokenAuthentication, type TokenOptions } from './token-authentication.js'

/** Where the service learns who sends a request: tokens, or a team's own way. With neither of them there is no sign-in. */
export interface SignInOptions {
  readonly tokens?: TokenOptions | undefined
  readonly authenticate?: Authenticate | undefined
}

const plugin: FastifyPluginAsync<SignInOptions> = async (app, { tokens, authenticate: own }) => {
  if (tokens !== undefined && own !== undefined) throw new Error('noclobber-sign-in: tokens and authenticate are both given: which of them says who it is?')
  const authenticate = tokens === undefined ? own : await tokenAuthentication(app, tokens)
  if (authenticate === undefined) return
  app.decorateRequest('principal', null)
  app.addHook('onRequest', async (request) => {
    if (isOpenRoute(request.routeOptions.url)) return
    const principal = await authenticate(request)
    if (principal === undefined) throw errors.unauthorized()
    const fault = subFault(principal.sub)
    if (fault !== undefined) throw errors.unauthorized({ detail: `The sub of the sign-in cannot be used: ${fault}` })
    request.principal = principal
  })
}

/**
 * Lets nobody in who doesn't say who they are: 401 with `WWW-Authenticate` (RFC 9110 section 15.5.2) on every URL, known or not, but those
 * of `isOpenRoute`. It comes before every check of the request: register it before the plugins for them. Whom it has let in is
 * `request.principal`. Without options it adds nothing.
 */
export const signInPlugin = fp(plugin, { name: 'noclobber-sign-in', fastify: '5.x' })
