import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../errors.js'
import type { JsonObject } from '../merge/json.js'
import { readsSince } from '../versioned-store/time-left.js'
import type { Current } from '../versioned-store/versioned.js'
import type { WriteOutcome } from '../versioned-store/write.js'
import type { RequestedChange } from './combine-edits.js'
import { printVersion } from '../preconditions/entity-tag.js'
import { isRestricted, mayDo, type Action } from '../sign-in/access.js'
import { conflictReport, shownBy } from './conflict-report.js'
import { readPrefer } from './prefer.js'
import { jsonOf, sendJsonOf } from './json-of.js'
import { knownState, readableSince } from './readable-versions.js'
import { storedOf } from './represent.js'
import type { ResourceContext } from './resource-routes.js'
import { writeFailure } from './write-failure.js'

export interface WriteReply {
  readonly context: ResourceContext
  /** What the request does. */
  readonly action: Action
  /** When the request came, with its body, on the clock of `performance.now()`. */
  readonly since: number
  /** The version that the client edited. */
  readonly yourVersion?: number | null
  /** Whether that is what the body says, to which the condition was narrowed. */
  readonly narrowed?: boolean
  /** What the request makes of a document; undefined where that is never merged. */
  readonly change?: RequestedChange
  /** Whether the precondition lets `yourVersion` be the base of a merge. */
  readonly isMergeBase?: boolean
  /** Whether what is there now is what the request would have made of it, as when it is sent again after its reply was lost. */
  readonly alreadyApplied?: (current: Current<JsonObject>) => boolean
  /** Whether a merge was tried until its tries were used up: it may be sent again as it is, if it can be merged with what is there now. */
  readonly contended?: boolean
  /** The status of a reply with a document; 201 or 200 unless given. */
  readonly status?: number
}

type Done = Extract<WriteOutcome<JsonObject>, { kind: 'done' }>

const sendDocument = (reply: FastifyReply, { document, created, merged }: Done, { context: { url, resource }, status = created ? 201 : 200 }: WriteReply): FastifyReply => {
  const href = `${url}/${encodeURIComponent(document.id)}`
  const prefer = readPrefer(reply.request.headers.prefer)
  const applied = [...(prefer.return === undefined ? [] : [`return=${prefer.return}`]), ...(merged ? ['conflict=merge'] : [])]
  if (applied.length > 0) reply.header('preference-applied', applied.join(', '))
  if (status === 201) reply.header('location', href)
  reply.header('vary', 'Prefer').setVersion(document)
  if (prefer.return === 'minimal' || !mayDo(reply.request, resource, 'read', document)) return reply.code(status === 201 ? 201 : 204).send()
  return sendJsonOf(reply.code(status).header('content-location', href), resource, document)
}

/** What was done before, and is no longer kept: its version, and where the document is. */
const sendVersionOnly = (reply: FastifyReply, id: string, version: number, { context: { url } }: WriteReply): FastifyReply => {
  const created = reply.request.method === 'POST' && reply.request.claimedKey?.newId !== undefined
  if (created) reply.header('location', `${url}/${encodeURIComponent(id)}`)
  return reply.header('etag', printVersion(version)).code(created ? 201 : 204).send()
}

/** Refuses what the request may not do: with 403, or as if nothing had ever been there where it may not know that either. */
const refuseAccess = (reply: FastifyReply, { resource }: ResourceContext, action: Action, mayRead: boolean): never => {
  if (mayRead || resource.existence !== 'secret') throw errors.forbidden()
  // Who may choose the id of a new document can't but learn that it is taken.
  if (action === 'create') throw errors.alreadyExists({ members: { retryable: false } })
  return reply.refuse(null)
}

const refuse = async (reply: FastifyReply, confirmed: Current<JsonObject>, { context, action, yourVersion = null, narrowed, change, isMergeBase = false, contended, alreadyApplied, since: came }: WriteReply): Promise<never> => {
  const { resource, store } = context
  const { request } = reply
  const may = (asked: Action) => confirmed.kind !== 'document' || mayDo(request, resource, asked, confirmed.document)
  if (!may(action === 'create' ? 'read' : action)) return refuseAccess(reply, context, action, may('read'))
  if (!may('read')) return reply.refuse(storedOf(confirmed), { current: undefined, members: narrowed ? { yourVersion, retryable: false } : {} })
  const since = readsSince(came)
  const current = await knownState(request, resource, store, confirmed, since)
  const show = shownBy((document) => jsonOf(resource, document))
  const stored = storedOf(current)
  const versions = stored === null || yourVersion === null || yourVersion > stored.version ? [] : await store.versions(stored.id, yourVersion, stored.version, since)
  const report = conflictReport({ resource, show, yourVersion, current, versions: readableSince(request, resource, versions), change, isMergeBase })
  const comeAgain = contended === true && report.mergeable === true
  if (comeAgain) reply.header('retry-after', '1')
  return reply.refuse(stored, {
    current: current.kind === 'document' ? show(current.document) : undefined,
    members: {
      ...(narrowed && { yourVersion, retryable: false }),
      ...(alreadyApplied?.(current) === true && { alreadyApplied: true }),
      ...report,
      ...(comeAgain && { retryable: true })
    }
  })
}

type Duplicate = Extract<WriteOutcome<JsonObject>, { kind: 'duplicate' }>

/** Leaves out who holds the value, where the request may not read that document. */
const withoutHiddenHolder = async (request: FastifyRequest, outcome: Duplicate, { context: { resource, store }, since }: WriteReply): Promise<Duplicate> => {
  const { holder } = outcome
  if (holder === undefined || !isRestricted(resource) || !resource.revealExisting) return outcome
  const current = await store.read(holder.id, readsSince(since))
  return current.kind === 'document' && mayDo(request, resource, 'read', current.document) ? outcome : { ...outcome, holder: undefined }
}

/** Answers a write with what became of it. Throws the error for one that was not done. */
export const sendOutcome = async (reply: FastifyReply, outcome: WriteOutcome<JsonObject>, options: WriteReply): Promise<FastifyReply> => {
  switch (outcome.kind) {
    case 'done': return sendDocument(reply, outcome, options)
    case 'done-before': return sendVersionOnly(reply, outcome.id, outcome.version, options)
    case 'deleted': return reply.setVersion(outcome.tombstone).code(204).send()
    case 'condition-failed': return await refuse(reply, outcome.current, options)
    case 'duplicate': throw writeFailure(await withoutHiddenHolder(reply.request, outcome, options), options.context.resource, options.context.url)
    // Nothing was written by this request; but one with the same key came before it.
    case 'not-applied': throw writeFailure(reply.request.claimedKey?.retried === true ? { kind: 'unknown' } : outcome, options.context.resource, options.context.url)
    default: throw writeFailure(outcome, options.context.resource, options.context.url)
  }
}
