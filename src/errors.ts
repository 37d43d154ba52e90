import createError, { type FastifyError } from '@fastify/error'
import { problemTypes, type ProblemSlug } from './problem-types.js'

/** An error that has a problem type; `plugins/problem-details` translates it to a reply. */
export interface ProblemError extends FastifyError {
  readonly problem: ProblemSlug
  readonly statusCode: number
  /** Members of the problem beyond those that all have, such as `currentVersion`. */
  readonly members: Readonly<Record<string, unknown>>
  /** Headers of the reply, such as `etag`. */
  readonly headers: Readonly<Record<string, string>>
}

/** What one error says beyond its type. */
export interface ProblemContext {
  /** The sentence for `detail` and `message`, where the usual one does not say enough. */
  readonly detail?: string
  readonly members?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  /** Status of the reply, where it isn't that of the type (414 and 431 are `too-large`, a conflict may be 412). */
  readonly status?: number
}

const define = (problem: ProblemSlug, usual: string, always: Pick<ProblemContext, 'members' | 'headers'> = {}) => {
  const code = `NOCLOBBER_${problem.replaceAll('-', '_').toUpperCase()}`
  const isFault = problemTypes[problem].status >= 500
  // Where a request was refused rightly nobody looks for the place in the code, and a stack costs more than the rest of the error.
  const Constructor = createError<[string]>(code, '%s', problemTypes[problem].status, Error, isFault)
  return ({ detail = usual, members, headers, status = problemTypes[problem].status }: ProblemContext = {}): ProblemError =>
    Object.assign(new Constructor(detail), {
      problem,
      members: { ...always.members, ...members },
      headers: { ...always.headers, ...headers },
      statusCode: status
    })
}

/** What the same request may do about it: come again after a second. */
const comeAgain = { members: { retryable: true }, headers: { 'retry-after': '1' } }

/** Every error that the service throws, by name. Each call makes one; its `code` is `NOCLOBBER_` and the type. */
export const errors = {
  versionConflict: define('version-conflict', 'The resource has been modified by another user', { members: { retryable: false } }),
  alreadyExists: define('already-exists', 'The resource exists already'),
  duplicate: define('duplicate', 'A resource with this value already exists'),
  stateConflict: define('state-conflict', 'The current state does not allow this transition'),
  patchTestFailed: define('patch-test-failed', 'A test of the JSON Patch does not hold for the stored document'),
  requestInProgress: define('request-in-progress', 'A request with this Idempotency-Key is still running', comeAgain),
  idempotencyKeyReused: define('idempotency-key-reused', 'This Idempotency-Key was used for another request'),
  invalid: define('invalid', 'The request breaks a rule of the schema: see errors'),
  badRequest: define('bad-request', 'The request cannot be read'),
  unauthorized: define('unauthorized', 'The request needs a valid token in Authorization', { headers: { 'www-authenticate': 'Bearer' } }),
  forbidden: define('forbidden', 'You may not do this to this resource'),
  notFound: define('not-found', 'There is nothing here'),
  gone: define('gone', 'The resource has been deleted'),
  methodNotAllowed: define('method-not-allowed', 'This URL does not have this method: see Allow'),
  notAcceptable: define('not-acceptable', 'The reply would be application/json, which Accept rules out'),
  requestTimeout: define('request-timeout', 'The request did not arrive whole in time', comeAgain),
  tooLarge: define('too-large', 'The request is larger than the service takes'),
  unsupportedMediaType: define('unsupported-media-type', 'The Content-Type is not one that this URL takes'),
  preconditionFailed: define('precondition-failed', 'A precondition does not hold for the current version'),
  preconditionRequired: define('precondition-required', 'Say which version this changes: send its entity-tag in If-Match'),
  rateLimited: define('rate-limited', 'Too many requests in a short time', comeAgain),
  unavailable: define('unavailable', 'The service cannot answer just now', comeAgain),
  internal: define('internal', 'The service failed')
}

/** Whether `error` has a problem type. */
export const isProblemError = (error: unknown): error is ProblemError =>
  error instanceof Error && 'problem' in error && 'members' in error && 'headers' in error
