import type { FastifyRequest } from 'fastify'
import { errors, type ProblemError } from '../errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types of the bodies that the route takes, all of them JSON; `application/json` unless given. */
    mediaTypes?: readonly string[]
  }
}

export const JSON_TYPES: readonly string[] = ['application/json']

export const mediaTypesOf = (request: FastifyRequest): readonly string[] => request.routeOptions.config.mediaTypes ?? JSON_TYPES

/** 415 that says which media types the route takes: in `Accept-Patch` on PATCH (RFC 5789 section 2.2), else in `Accept` (RFC 9110 section 15.5.16). */
export const unsupportedMediaType = (request: FastifyRequest, reason: string): ProblemError => {
  const mediaTypes = mediaTypesOf(request)
  return errors.unsupportedMediaType({
    detail: `${reason}; this URL takes ${mediaTypes.join(' or ')}`,
    headers: { [request.method === 'PATCH' ? 'accept-patch' : 'accept']: mediaTypes.join(', ') }
  })
}
