import { Type, type TProperties, type TSchema } from '@sinclair/typebox'
import { problemTypes, type ProblemSlug } from '../problem-types.js'
import type { ReplyHeader } from './headers.js'
import type { DocumentedSchema } from './operation.js'

const version = Type.Integer({ minimum: 1 })
const date = Type.String({ format: 'date-time' })
const pointer = Type.String({ description: 'JSON Pointer (RFC 6901)' })
const retryable = Type.Boolean({ description: 'Whether the same request can ever succeed' })
const comeAgain = { retryable: Type.Literal(true, { description: 'The same request may succeed after the time in Retry-After' }) }
const anything: TSchema = Type.Unknown()

const brokenRules = Type.Array(Type.Object({ pointer, message: Type.String() }))

const change = Type.Object({ pointer, from: Type.Optional(anything), to: Type.Optional(anything), version, at: date, by: Type.Optional(Type.String()) })

const conflict = Type.Object({ pointer, base: Type.Optional(anything), theirs: Type.Optional(anything), yours: Type.Optional(anything) })

/** Members that say how a request and the stored document came apart; `document` is the schema of that. */
const conflictMembers = (document: DocumentedSchema): TProperties => {
  const shown = Type.Unsafe({ ...document })
  return {
    currentVersion: version,
    yourVersion: Type.Union([version, Type.Null()], { description: 'The highest version that the request names' }),
    retryable,
    current: Type.Optional(shown),
    changes: Type.Optional(Type.Array(change, { description: 'What changed between yourVersion and currentVersion' })),
    conflicts: Type.Optional(Type.Array(conflict, { description: 'Where that clashes with the request' })),
    mergeable: Type.Optional(Type.Boolean({ description: 'Whether Prefer: conflict=merge would merge it' })),
    merged: Type.Optional(shown),
    mergeErrors: Type.Optional(brokenRules),
    historyTruncated: Type.Optional(Type.Literal(true, { description: 'yourVersion is no longer kept' })),
    alreadyApplied: Type.Optional(Type.Literal(true, { description: 'What is stored is what was sent' })),
    deleted: Type.Optional(Type.Literal(true)),
    deletedAt: Type.Optional(date)
  }
}

/** Members of each type beyond those that all have. */
const members: Readonly<Record<ProblemSlug, TProperties>> = {
  'version-conflict': conflictMembers(Type.Object({})),
  'already-exists': { currentVersion: Type.Optional(version), retryable: Type.Optional(retryable) },
  duplicate: {
    field: Type.Optional(Type.String()),
    fields: Type.Array(Type.String()),
    existing: Type.Optional(Type.Object({ href: Type.String() })),
    currentVersion: Type.Optional(Type.Integer({ minimum: 1, description: 'Of the document that holds the value' }))
  },
  'state-conflict': { currentState: Type.String(), requestedTransition: Type.String(), allowedTransitions: Type.Array(Type.String()), currentVersion: version, retryable },
  'patch-test-failed': { pointer, operation: Type.Integer({ minimum: 0 }), currentVersion: version, retryable },
  'request-in-progress': comeAgain,
  'idempotency-key-reused': {},
  invalid: { errors: brokenRules },
  'bad-request': { header: Type.Optional(Type.String({ description: 'The header that cannot be read' })) },
  unauthorized: {},
  forbidden: {},
  'not-found': {},
  gone: { currentVersion: Type.Optional(version), version: Type.Optional(version), deletedAt: Type.Optional(date) },
  'method-not-allowed': {},
  'not-acceptable': {},
  'request-timeout': comeAgain,
  'too-large': {},
  'unsupported-media-type': {},
  'precondition-failed': { currentVersion: version },
  'precondition-required': { currentVersion: Type.Optional(version) },
  'rate-limited': comeAgain,
  unavailable: { ...comeAgain, outcome: Type.Optional(Type.Union([Type.Literal('not-applied'), Type.Literal('unknown')], { description: 'Whether a write may have been made' })) },
  internal: {}
}

/** Statuses of a type beside its own. */
const otherStatuses: Partial<Record<ProblemSlug, readonly number[]>> = { 'version-conflict': [412], 'too-large': [414, 431], 'bad-request': [417] }

/** The schema of a problem (RFC 9457) of this type. */
export const problemSchema = (slug: ProblemSlug, ofType = members[slug]): TSchema => {
  const { status, title, about } = problemTypes[slug]
  return Type.Object({
    type: Type.Literal(`/problems/${slug}`),
    title: Type.Literal(title),
    status: Type.Unsafe<number>({ type: 'integer', enum: [status, ...otherStatuses[slug] ?? []] }),
    detail: Type.String(),
    error: Type.String({ description: 'The reason phrase of the status' }),
    message: Type.String({ description: 'The same as detail' }),
    instance: Type.Optional(Type.String({ description: 'Path of the request' })),
    ...ofType
  }, { description: about })
}

/** The schema of a version conflict that shows documents of this schema. */
export const versionConflictSchema = (document: DocumentedSchema): TSchema => problemSchema('version-conflict', conflictMembers(document))

/** The headers of the replies with a problem, beside those of every reply. */
export const problemReplyHeaders: Partial<Record<ProblemSlug, readonly ReplyHeader[]>> = {
  'version-conflict': ['ETag of the current version', 'Retry-After where it may succeed'],
  'already-exists': ['ETag of the current version'],
  'state-conflict': ['ETag of the current version'],
  'patch-test-failed': ['ETag of the current version'],
  'request-in-progress': ['Retry-After where it may succeed'],
  gone: ['ETag of the current version'],
  'precondition-failed': ['ETag of the current version'],
  'precondition-required': ['ETag of the current version'],
  'unsupported-media-type': ['Accept-Patch', 'Accept', 'Accept-Encoding'],
  'request-timeout': ['Retry-After'],
  'rate-limited': ['Retry-After'],
  unavailable: ['Retry-After'],
  unauthorized: ['WWW-Authenticate']
}
