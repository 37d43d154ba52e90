import type { Version } from './version-source.js'

/** The body of an error: problem details (RFC 9457 section 3.1), and whatever else the API sends. */
export interface Problem {
  readonly type?: string
  readonly title?: string
  readonly status?: number
  readonly detail?: string
  readonly message?: string
  readonly instance?: string
  /** Whether the same request can ever succeed. */
  readonly retryable?: boolean
  readonly [member: string]: unknown
}

/** One value that two edits changed in different ways. A side that has no value there lacks its member. */
export interface Clash {
  /** JSON Pointer (RFC 6901) into `merged`. */
  readonly pointer: string
  readonly base?: unknown
  readonly theirs?: unknown
  readonly yours?: unknown
}

/** One value that others changed since the version that you edited. */
export interface Change {
  readonly pointer: string
  readonly from?: unknown
  readonly to?: unknown
  readonly version?: number
  /** ISO 8601, UTC. */
  readonly at?: string
  readonly by?: string
}

export interface VersionConflictProblem<T> extends Problem {
  readonly currentVersion?: number
  /** The version that the request named; null where it named none. */
  readonly yourVersion?: number | null
  /** The document as it is stored now. */
  readonly current?: T
  readonly changes?: readonly Change[]
  readonly conflicts?: readonly Clash[]
  /** Everything that merges, and what `current` has where the sides clash; only where some values clash and others don't. */
  readonly merged?: T
  readonly mergeable?: boolean
  /** Rules of the schema that the merge would break. */
  readonly mergeErrors?: readonly BrokenRule[]
  readonly historyTruncated?: boolean
  readonly alreadyApplied?: boolean
  readonly deleted?: boolean
  readonly deletedAt?: string
}

export interface DuplicateKeyProblem extends Problem {
  readonly field?: string
  readonly fields?: readonly string[]
  readonly existing?: { readonly href: string }
  readonly currentVersion?: number
}

export interface StateConflictProblem extends Problem {
  readonly currentState?: string
  readonly requestedTransition?: string
  readonly allowedTransitions?: readonly string[]
  readonly currentVersion?: number
}

export interface BrokenRule {
  readonly pointer: string
  readonly message: string
}

/** A problem that names the version which is stored now, or that of the delete. */
export interface VersionedProblem extends Problem {
  readonly currentVersion?: number
  readonly deletedAt?: string
}

/**
 * What became of a write that ended in an error.
 * - `not-applied`: nothing was written.
 * - `unknown`: no reply could be had, or none that says so. The same write with the same `idempotencyKey` settles it.
 * - `applied`: it was written, and what failed is the read after it, for an API that doesn't reply with the document.
 */
export type Outcome = 'applied' | 'not-applied' | 'unknown'

/** What an error is made from. */
export interface Failure {
  readonly body: Problem
  /** Undefined where no reply came. */
  readonly status?: number | undefined
  /** Undefined for a read. */
  readonly outcome?: Outcome | undefined
  readonly idempotencyKey?: string | undefined
  /** The version that is stored now, where the reply says it. */
  readonly version?: Version | undefined
  readonly cause?: unknown
}

/** Every error that the client makes. An abort rejects with the reason of its signal instead, as `fetch` does. */
export class NoclobberError<B extends Problem = Problem> extends Error {
  override readonly name: string = 'NoclobberError'
  /** HTTP status of the reply; undefined where none came. */
  readonly status: number | undefined
  /** The body of the reply, parsed. */
  readonly body: B
  /** Undefined for a read. */
  outcome: Outcome | undefined
  /** The Idempotency-Key of the write. */
  readonly idempotencyKey: string | undefined

  constructor ({ body, status, outcome, idempotencyKey, cause }: Failure) {
    super(body.detail ?? body.message ?? body.title ?? `The reply has status ${status ?? 'none'}`, cause === undefined ? {} : { cause })
    this.status = status
    this.body = body as B
    this.outcome = outcome
    this.idempotencyKey = idempotencyKey
  }
}

/** An error that may say which version is stored now. */
class CurrentVersionError<B extends Problem> extends NoclobberError<B> {
  /** The version that is stored now, or that of the delete; undefined where the reply doesn't say it. */
  readonly version: Version | undefined

  constructor (failure: Failure) {
    super(failure)
    this.version = failure.version
  }
}

/** The document was changed or deleted since the version that the write names: 409, or 412. */
export class VersionConflict<T = unknown> extends CurrentVersionError<VersionConflictProblem<T>> { override readonly name = 'VersionConflict' }

/** What a conflict says of the two edits. Another API may give the members another meaning. */
export const reportOf = <T>({ body }: VersionConflict<T>): VersionConflictProblem<T> => body.type?.endsWith('/version-conflict') === true ? body : {}

/** A create-only write of an id that holds a document. */
export class AlreadyExists extends NoclobberError<VersionedProblem> { override readonly name = 'AlreadyExists' }

/** Another document holds a value that must be unique. */
export class DuplicateKey extends NoclobberError<DuplicateKeyProblem> { override readonly name = 'DuplicateKey' }

/** The state of the document doesn't allow the transition. */
export class StateConflict extends NoclobberError<StateConflictProblem> { override readonly name = 'StateConflict' }

/** A `test` of the JSON Patch doesn't hold. */
export class PatchTestFailed extends NoclobberError<VersionedProblem & { readonly pointer?: string, readonly operation?: number }> { override readonly name = 'PatchTestFailed' }

/** The first request with this Idempotency-Key still runs, after all the waiting that was allowed. */
export class RequestInProgress extends NoclobberError { override readonly name = 'RequestInProgress' }

/** The Idempotency-Key was used for another request. */
export class IdempotencyKeyReused extends NoclobberError { override readonly name = 'IdempotencyKeyReused' }

/** What was sent breaks rules of the schema: `body.errors`, every one. */
export class Invalid extends NoclobberError<Problem & { readonly errors?: readonly BrokenRule[] }> { override readonly name = 'Invalid' }

export class BadRequest extends NoclobberError<Problem & { readonly header?: string }> { override readonly name = 'BadRequest' }

export class Unauthorized extends NoclobberError { override readonly name = 'Unauthorized' }

export class Forbidden extends NoclobberError { override readonly name = 'Forbidden' }

export class NotFound extends NoclobberError { override readonly name = 'NotFound' }

/** The document was deleted. */
export class Gone extends CurrentVersionError<VersionedProblem> { override readonly name = 'Gone' }

/** A write that doesn't say which version it changes. The client itself refuses one where it knows no version. */
export class PreconditionRequired extends NoclobberError<VersionedProblem> { override readonly name = 'PreconditionRequired' }

export class PreconditionFailed extends NoclobberError<VersionedProblem> { override readonly name = 'PreconditionFailed' }

export class RateLimited extends NoclobberError { override readonly name = 'RateLimited' }

/** No reply, or a 5xx, after all the retries that were safe. `outcome` says what became of a write. */
export class Unavailable extends NoclobberError { override readonly name = 'Unavailable' }
