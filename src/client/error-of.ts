import {
  AlreadyExists, BadRequest, DuplicateKey, Forbidden, Gone, IdempotencyKeyReused, Invalid, NoclobberError, NotFound, PatchTestFailed, PreconditionFailed, PreconditionRequired,
  RateLimited, RequestInProgress, StateConflict, Unauthorized, Unavailable, VersionConflict, type Failure
} from './errors.js'

type ErrorClass = new (failure: Failure) => NoclobberError

const byType: Readonly<Record<string, ErrorClass>> = {
  'version-conflict': VersionConflict,
  'already-exists': AlreadyExists,
  duplicate: DuplicateKey,
  'state-conflict': StateConflict,
  'patch-test-failed': PatchTestFailed,
  'request-in-progress': RequestInProgress,
  'idempotency-key-reused': IdempotencyKeyReused
}

const byStatus: Readonly<Record<number, ErrorClass>> = {
  400: BadRequest,
  401: Unauthorized,
  403: Forbidden,
  404: NotFound,
  410: Gone,
  412: PreconditionFailed,
  422: Invalid,
  428: PreconditionRequired,
  429: RateLimited
}

/** The precondition of a request: that a version is the stored one, or that there is nothing yet. */
export type Precondition = 'version' | 'absent' | undefined

const isRefusal = (status: number): boolean => status === 409 || status === 412

/**
 * The error for a reply. Its problem type decides; an API that has none means a version conflict by a 409 or 412 to a request that
 * named a version.
 */
export const errorOf = (failure: Failure, precondition: Precondition): NoclobberError => {
  const { body, status = 0 } = failure
  const slug = /\/problems\/([a-z-]+)$/.exec(body.type ?? '')?.[1] ?? ''
  if (Object.hasOwn(byType, slug)) return new (byType[slug] ?? NoclobberError)(failure)
  if (isRefusal(status) && precondition === 'version') return new VersionConflict(failure)
  if (isRefusal(status) && precondition === 'absent') return new AlreadyExists(failure)
  return new (status === 0 || status >= 500 ? Unavailable : byStatus[status] ?? NoclobberError)(failure)
}
