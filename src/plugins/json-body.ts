import { isUtf8 } from 'node:buffer'
import { parse as parseContentType } from 'content-type'
import type { FastifyPluginCallback, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { errors, type ProblemError } from '../errors.js'
import { describeSyntaxError } from './json-syntax-error.js'
import { mediaTypesOf, unsupportedMediaType } from './media-types.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route does without a body; it does on DELETE unless given. */
    emptyBody?: boolean
  }
  interface FastifyRequest {
    /** The body as it came; null where there is none. */
    bodyBytes: Buffer | null
  }
}

const mayBeEmpty = ({ method, routeOptions: { config } }: FastifyRequest): boolean => config.emptyBody ?? method === 'DELETE'

const plugin: FastifyPluginCallback = (fastify, _options, done) => {
  fastify.decorateRequest('bodyBytes', null)
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)
    request.bodyBytes = buffer
    const body = parseBody(request, buffer)
    if (body instanceof Error) done(body)
    else done(null, body)
  })
  fastify.addHook('preValidation', (request, _reply, next) => {
    if (request.body === undefined && HAS_BODY.has(request.method) && !mayBeEmpty(request)) next(errors.badRequest({ detail: 'The body is empty' }))
    else next()
  })
  done()
}

const HAS_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

const parseBody = (request: FastifyRequest, bytes: Buffer): unknown => {
  if (bytes.length === 0 && mayBeEmpty(request)) return undefined
  const unsupported = checkType(request) ?? checkCoding(request)
  if (unsupported !== undefined) return unsupported
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) return errors.badRequest({ detail: 'The body is not UTF-8' })
  const text = bytes.toString()
  try {
    return JSON.parse(text)
  } catch {
    return errors.badRequest({ detail: describeSyntaxError(text) })
  }
}

const checkType = (request: FastifyRequest): ProblemError | undefined => {
  const contentType = request.headers['content-type']
  if (contentType === undefined) return unsupportedMediaType(request, 'The body has no Content-Type')
  const { type, parameters: { charset = 'utf-8' } } = parseContentType(contentType)
  if (!mediaTypesOf(request).includes(type)) return unsupportedMediaType(request, 'The Content-Type is another one')
  return /^utf-?8$/i.test(charset) ? undefined : unsupportedMediaType(request, 'The charset is not UTF-8')
}

const checkCoding = ({ headers }: FastifyRequest): ProblemError | undefined =>
  (headers['content-encoding'] ?? 'identity').trim().toLowerCase() === 'identity'
    ? undefined
    : errors.unsupportedMediaType({ detail: 'The body has a Content-Encoding, which this service does not take', headers: { 'accept-encoding': 'identity' } })

/**
 * Bodies are JSON in UTF-8 (RFC 8259), read by JSON.parse: `__proto__` is a name like any other. In this order: 413 over the route's `bodyLimit`,
 * 415 for a media type that isn't among the route's `config.mediaTypes`, another charset, or a Content-Encoding (with `Accept-Patch`, `Accept` or
 * `Accept-Encoding`: RFC 5789 section 2.2, RFC 9110 section 15.5.16), 400 for what can't be read, or is empty where the route takes a body.
 */
export const jsonBodyPlugin = fp(plugin, { name: 'noclobber-json-body', fastify: '5.x' })
