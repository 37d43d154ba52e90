import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { ProblemError } from '../errors.js'
import { problemTypes, type ProblemSlug } from '../problem-types.js'

declare module 'fastify' {
  interface FastifyReply {
    /** The type of the problem that the reply tells; null where it tells none. */
    problemType: ProblemSlug | null
  }
}

/** Media type of every error (RFC 9457 section 3). It has no charset parameter: JSON is UTF-8. */
export const PROBLEM_JSON = 'application/problem+json'

const INSTANCE_MAX_CHARACTERS = 2048

/** Headers of a success that a handler may have set before it failed: they speak of a representation that isn't sent. */
const OF_A_SUCCESS = ['etag', 'last-modified', 'location', 'content-location', 'content-encoding', 'content-disposition', 'link', 'preference-applied']

/**
 * The problem details (RFC 9457 section 3.1) of an error, with the error's own members after the common ones.
 * `error` is the reason phrase of the status and `message` the detail, for clients that read those.
 * @param url the request target as it came; `instance` is its path. Undefined where the request could not be read so far.
 */
export const problemDetails = ({ problem, statusCode, message, members }: ProblemError, url: string | undefined): Record<string, unknown> => {
  const { status, title } = problemTypes[problem]
  return {
    type: `/problems/${problem}`,
    title,
    status: statusCode,
    detail: message,
    error: statusCode === status ? title : STATUS_CODES[statusCode] ?? title,
    message,
    ...(url !== undefined && { instance: instanceOf(url) }),
    ...members
  }
}

/** The headers of a reply with this error, but for its length. */
export const problemHeaders = ({ headers }: ProblemError): Record<string, string> => ({
  'content-type': PROBLEM_JSON,
  'cache-control': 'no-store',
  ...headers
})

/** Answers with an error. */
export const sendProblem = (reply: FastifyReply, error: ProblemError): FastifyReply => {
  for (const name of OF_A_SUCCESS) reply.removeHeader(name)
  reply.problemType = error.problem
  return reply
    .code(error.statusCode)
    .headers(problemHeaders(error))
    // A schema for the reply of the route knows nothing of the members, and would leave them out.
    .serializer((payload) => JSON.stringify(payload))
    .send(problemDetails(error, reply.request.raw.url))
}

/** A URI reference (RFC 3986): no query, which may hold what isn't for logs, and nothing but the characters of a URI. */
const instanceOf = (url: string): string =>
  url.replace(/[?#].*$/s, '').slice(0, INSTANCE_MAX_CHARACTERS).replace(/[^\x21-\x7e]|["<>\\^`{|}]/g, percentEncode)

/** Node gives the bytes of a URL as the characters of latin1. */
const percentEncode = (byte: string): string =>
  `%${(byte.charCodeAt(0) & 0xff).toString(16).toUpperCase().padStart(2, '0')}`
