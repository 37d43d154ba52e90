import type { FastifyPluginCallback, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { errors, type ProblemError } from '../errors.js'
import { sendProblem } from './problem-reply.js'

/** The longest URL that is taken, in bytes. Node counts it against its limit for the header section too (16 384 bytes). */
export const MAX_URL_BYTES = 12_288

/** 414 (RFC 9110 section 15.5.15). */
export const urlTooLong = (): ProblemError => errors.tooLarge({ status: 414, detail: `The URL is longer than ${MAX_URL_BYTES} bytes` })

const UNMET = Symbol('an expectation that cannot be met')

const checkFraming = ({ raw }: FastifyRequest): ProblemError | undefined => {
  if (UNMET in raw) return errors.badRequest({ status: 417, detail: 'Of the expectations, only 100-continue can be met' })
  // RFC 9112 section 3.2.
  return raw.headers.host === undefined && raw.httpVersion === '1.1' ? errors.badRequest({ detail: 'The request has no Host' }) : undefined
}

const checkSizes = (request: FastifyRequest): ProblemError | undefined => {
  if ((request.raw.url ?? '').length > MAX_URL_BYTES) return urlTooLong()
  const { bodyLimit } = request.routeOptions
  const contentLength = Number(request.headers['content-length'])
  return contentLength > bodyLimit ? errors.tooLarge({ detail: `The body is larger than ${bodyLimit} bytes` }) : undefined
}

const plugin: FastifyPluginCallback = (fastify, _options, done) => {
  // Over its default of 2000, Node drops header lines without a word, and a dropped If-Match is a lost update. The section's size is limited anyway.
  fastify.server.maxHeadersCount = 0
  // RFC 9110 section 10.1.1: an expectation that can't be met. Node's own reply has no body.
  fastify.server.on('checkExpectation', (request, response) => {
    Object.defineProperty(request, UNMET, { value: true })
    fastify.server.emit('request', request, response)
  })
  fastify.addHook('onRequest', (request, reply, next) => {
    const problem = checkFraming(request) ?? checkSizes(request)
    // The rest of what is too large isn't waited for.
    if (problem !== undefined) void sendProblem(reply.header('connection', 'close'), problem)
    else next()
  })
  done()
}

/**
 * Refuses what is too large before a body is read or its media type looked at: 414 and 413. Besides 400 for HTTP/1.1 without `Host`,
 * and 417 for an `Expect` other than 100-continue, both of which Node would answer without a body.
 */
export const requestLimitsPlugin = fp(plugin, { name: 'noclobber-request-limits', fastify: '5.x' })
