import type { FastifyRequest } from 'fastify'
import { errors, isProblemError, type ProblemContext, type ProblemError } from '../errors.js'
import { ReadFailed } from '../versioned-store/shared-finds.js'
import { DocumentTooLarge } from '../versioned-store/statement.js'
import { invalidBody, unreadablePart } from './invalid-request.js'
import { unsupportedMediaType } from './media-types.js'
import { brokenRules } from './validation-errors.js'

type Define = (context?: ProblemContext) => ProblemError
type Translate = (request: FastifyRequest) => ProblemError

/** Fastify's errors (https://fastify.dev/docs/latest/Reference/Errors/) that a request can raise. */
const BY_CODE: Readonly<Record<string, Translate>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ({ routeOptions: { bodyLimit } }) => errors.tooLarge({ detail: `The body is larger than ${bodyLimit} bytes` }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (request) => unsupportedMediaType(request, 'The Content-Type is another one'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => errors.badRequest({ detail: 'The body has not the length that Content-Length says' }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => errors.badRequest({ detail: 'The body is empty' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () => errors.badRequest({ detail: 'The body is not JSON' }),
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: () => errors.badRequest({ detail: 'The request has no Content-Type' }),
  FST_ERR_BAD_URL: () => errors.badRequest({ detail: 'The path of the URL is not percent-encoded UTF-8' }),
  FST_ERR_MAX_PARAM_LENGTH: () => errors.badRequest({ detail: 'A segment of the path is longer than any id' }),
  FST_ERR_NOT_FOUND: () => errors.notFound(),
  FST_ERR_HANDLER_TIMEOUT: ({ method }) => errors.unavailable({ detail: 'The service did not answer in time', members: isSafe(method) ? {} : { outcome: 'unknown' } }),
  ECONNRESET: () => errors.badRequest({ detail: 'The request did not arrive whole' })
}

/** What another plugin means by the status of its error. Its text stays in the log. */
const BY_STATUS: Readonly<Record<number, Define>> = {
  401: errors.unauthorized,
  403: errors.forbidden,
  404: errors.notFound,
  405: errors.methodNotAllowed,
  406: errors.notAcceptable,
  408: errors.requestTimeout,
  410: errors.gone,
  412: errors.preconditionFailed,
  413: errors.tooLarge,
  414: errors.tooLarge,
  415: errors.unsupportedMediaType,
  428: errors.preconditionRequired,
  429: errors.rateLimited,
  431: errors.tooLarge,
  503: errors.unavailable
}

/** Whether a method has no effect on what is stored (RFC 9110 section 9.2.1). */
export const isSafe = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method)

/**
 * The problem for whatever was thrown: an error of ours as it is, Fastify's own and those of other plugins by code, then by status;
 * all else is a 500 that says nothing about its cause.
 */
export const translateError = (error: unknown, request: FastifyRequest): ProblemError => {
  if (isProblemError(error)) return error
  if (error instanceof ReadFailed) return unreadable(error, request)
  if (error instanceof DocumentTooLarge) return errors.tooLarge({ detail: error.message })
  if (!(error instanceof Error)) return errors.internal()
  if ('validation' in error && Array.isArray(error.validation) && 'validationContext' in error) return invalidPart(error.validation, error.validationContext, request)
  if ('code' in error && typeof error.code === 'string' && Object.hasOwn(BY_CODE, error.code)) {
    const translated = BY_CODE[error.code]
    // A socket of the service's own may be reset too: only that of the client is the client's fault.
    if (translated !== undefined && (error.code !== 'ECONNRESET' || request.raw.destroyed)) return translated(request)
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  const define = BY_STATUS[status] ?? (status >= 400 && status < 500 ? errors.badRequest : errors.internal)
  return define === errors.internal ? errors.internal() : define({ status, headers: headersOf(error) })
}

/** Where the request is a write, a read fails before anything was written, or after that was refused. */
const unreadable = ({ reason }: ReadFailed, { method, claimedKey }: FastifyRequest): ProblemError => errors.unavailable({
  detail: reason === 'overloaded' ? 'The service is overloaded' : 'The database cannot be reached, or has no primary',
  members: isSafe(method) ? {} : { outcome: claimedKey?.retried ? 'unknown' : 'not-applied' }
})

const invalidPart = (validation: Parameters<typeof brokenRules>[0], part: unknown, request: FastifyRequest): ProblemError => {
  const rules = brokenRules(validation)
  return part === 'params' || part === 'querystring' || part === 'headers' ? unreadablePart(part, rules) : invalidBody(request, rules)
}

const headersOf = (error: Error): Record<string, string> => {
  if (!('headers' in error) || typeof error.headers !== 'object' || error.headers === null) return {}
  return Object.fromEntries(Object.entries(error.headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
}
