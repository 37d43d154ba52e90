import type { FastifyPluginCallback, FastifyRequest, preValidationHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { findUnstorable, isTooDeep } from '../versioned-store/storable.js'
import { invalidBody } from './invalid-request.js'
import { brokenRules } from './validation-errors.js'

const refuseUnstorable: preValidationHookHandler = (request, _reply, next) => {
  const unstorable = findUnstorable(request.body)
  if (unstorable.length === 0) {
    next()
    return
  }
  // A validator may recurse: it sees the body only where that isn't what is wrong with it.
  const validate: unknown = unstorable.some(isTooDeep) ? undefined : request.getValidationFunction('body')
  const invalid = isValidator(validate) && !validate(request.body) ? brokenRules(validate.errors ?? []) : []
  next(invalidBody(request, [...unstorable, ...invalid]))
}

/** A route that takes several media types has a table of validators, and what else is wrong is then left for later. */
const isValidator = (validate: unknown): validate is NonNullable<ReturnType<FastifyRequest['getValidationFunction']>> => typeof validate === 'function'

const plugin: FastifyPluginCallback = (fastify, _options, done) => {
  fastify.addHook('onRoute', (route) => {
    route.preValidation = [...[route.preValidation ?? []].flat(), refuseUnstorable]
  })
  done()
}

/**
 * 422 for a body that MongoDB could not store, or that would fail the writes that share a command with it: see `findUnstorable`.
 * It runs after the hooks that a route has by then, since a header that can't be read is 400, which comes first: register it after them.
 */
export const storableBodyPlugin = fp(plugin, { name: 'noclobber-storable-body', fastify: '5.x' })
