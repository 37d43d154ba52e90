import { errors, type ProblemError } from '../errors.js'
import { printVersion } from '../preconditions/entity-tag.js'
import type { ListFault } from '../preconditions/entity-tag-list.js'
import type { ReadJudgement } from '../preconditions/judge-read.js'
import type { WriteJudgement } from '../preconditions/judge-write.js'
import type { MalformedHeader } from '../preconditions/preconditions.js'
import type { VersionPolicy } from './version-hook-policy.js'

/** What a refusal says beyond its judgement. */
export interface RefusalContext {
  readonly policy: Pick<VersionPolicy, 'mismatchStatus' | 'showCurrent'>
  /** The version that the client edited. */
  readonly yourVersion: number | null
  /** The current document, as a GET by the same client shows it. */
  readonly current: unknown
  /** Members that only the caller knows, such as `alreadyApplied`. */
  readonly members: Readonly<Record<string, unknown>>
}

type Gone = Extract<WriteJudgement | ReadJudgement, { kind: 'gone' }>
type VersionConflict = Extract<WriteJudgement, { kind: 'version-conflict' }>

const faults: Readonly<Record<ListFault, string>> = {
  empty: 'it is empty',
  syntax: 'it must be *, or entity-tags such as "5", separated by commas',
  'star-among-tags': '* must stand alone',
  'too-many': 'it has more than 100 entity-tags'
}

/** 400 for a header that can't be read. */
export const malformedHeader = ({ header, fault }: MalformedHeader): ProblemError =>
  errors.badRequest({ detail: `${header} cannot be read: ${faults[fault]}`, members: { header } })

/** 400 for If-Match on a request that has no version to compare. */
export const unsupportedHeader = (header: 'If-Match'): ProblemError =>
  errors.badRequest({ detail: `${header} cannot be honoured here: what is created has no version to compare with yet`, members: { header } })

const etag = (version: number) => ({ etag: printVersion(version) })

const gone = ({ version, deletedAt }: Gone): ProblemError =>
  errors.gone({ members: { currentVersion: version, deletedAt: deletedAt.toISOString() }, headers: etag(version) })

const conflictDetail = ({ deletedAt, weakTag }: VersionConflict): { readonly detail?: string } => {
  if (weakTag) {
    return { detail: 'A weak entity-tag (W/) never matches in If-Match: send the strong one, without W/. A proxy on the way may have weakened it' }
  }
  return deletedAt === null ? {} : { detail: 'The resource has been deleted by another user' }
}

const versionConflict = (judgement: VersionConflict, { policy, yourVersion, current, members }: RefusalContext): ProblemError => {
  const { version, deletedAt } = judgement
  return errors.versionConflict({
    ...conflictDetail(judgement),
    status: policy.mismatchStatus,
    members: {
      currentVersion: version,
      yourVersion,
      ...(deletedAt !== null && { deleted: true, deletedAt: deletedAt.toISOString() }),
      ...(deletedAt === null && policy.showCurrent && { current }),
      retryable: false,
      ...members
    },
    headers: etag(version)
  })
}

/** The error for a write that was refused; `currentVersion` is null where the id was never there. */
export const writeRefusal = (
  judgement: Exclude<WriteJudgement, { kind: 'proceed' }>, currentVersion: number | null, context: RefusalContext
): ProblemError => {
  switch (judgement.kind) {
    case 'not-found': return errors.notFound()
    case 'gone': return gone(judgement)
    case 'version-conflict': return versionConflict(judgement, context)
    case 'already-exists': return errors.alreadyExists({
      members: { currentVersion: judgement.version, retryable: false }, headers: etag(judgement.version)
    })
    case 'precondition-required': {
      if (currentVersion === null || judgement.send === 'If-None-Match') {
        return errors.preconditionRequired({ detail: 'There is nothing here yet: send If-None-Match: * to create it' })
      }
      const tag = printVersion(currentVersion)
      return errors.preconditionRequired({
        detail: `Say which version this changes: send its entity-tag in If-Match. That of the current version is ${tag}`,
        members: { currentVersion },
        headers: { etag: tag }
      })
    }
  }
}

/** The error for a GET or HEAD that is not answered with the document. */
export const readRefusal = (judgement: Extract<ReadJudgement, { kind: 'not-found' | 'gone' | 'failed' }>): ProblemError => {
  switch (judgement.kind) {
    case 'not-found': return errors.notFound()
    case 'gone': return gone(judgement)
    case 'failed': return errors.preconditionFailed({
      detail: `${judgement.header} does not hold for the current version`,
      members: { currentVersion: judgement.version },
      headers: etag(judgement.version)
    })
  }
}
