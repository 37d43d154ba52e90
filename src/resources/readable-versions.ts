import type { FastifyRequest } from 'fastify'
import { errors, type ProblemError } from '../errors.js'
import type { JsonObject } from '../merge/json.js'
import { isRestricted, mayDo } from '../sign-in/access.js'
import type { KeptVersion } from '../versioned-store/history.js'
import type { Current } from '../versioned-store/versioned.js'
import type { VersionedStore } from '../versioned-store/versioned-store.js'
import type { Resource } from './resource.js'

type Versions = readonly KeptVersion<JsonObject>[]

/** Whether a request may read a version, by its own content. A delete is readable by who may read what it deleted. */
const isReadable = (request: FastifyRequest, resource: Resource, versions: Versions, at: number): boolean => {
  const state = versions[at]?.state
  const judged = state?.kind === 'tombstone' ? versions[at + 1]?.state : state
  return judged?.kind === 'document' && mayDo(request, resource, 'read', judged.document)
}

/** The versions that a request may read, of some that follow one another, the latest first. */
export const readableVersions = (request: FastifyRequest, resource: Resource, versions: Versions): Versions =>
  isRestricted(resource) ? versions.filter((_, at) => isReadable(request, resource, versions, at)) : versions

/** The same, up to the first that it may not read: what came before that is as if it were no longer kept. */
export const readableSince = (request: FastifyRequest, resource: Resource, versions: Versions): Versions => {
  if (!isRestricted(resource)) return versions
  const hidden = versions.findIndex((_, at) => !isReadable(request, resource, versions, at))
  return hidden === -1 ? versions : versions.slice(0, hidden)
}

/**
 * The state of an id as a request may know it: where existence is secret, what it may not read was never there. Throws 403 for a document
 * that it may not read, where that is no secret. `since`: when the request came, on the clock of `performance.now()`.
 */
export const knownState = async (request: FastifyRequest, resource: Resource, store: VersionedStore<JsonObject>, current: Current<JsonObject>, since: number): Promise<Current<JsonObject>> => {
  if (!isRestricted(resource) || current.kind === 'missing') return current
  if (current.kind === 'document') {
    if (mayDo(request, resource, 'read', current.document)) return current
    if (resource.existence === 'secret') return { kind: 'missing' }
    throw errors.forbidden()
  }
  if (resource.existence !== 'secret') return current
  const { id, version } = current.tombstone
  return isReadable(request, resource, await store.versions(id, version - 1, undefined, since), 0) ? current : { kind: 'missing' }
}

/** The error for what a request may not see. */
export const denied = ({ existence }: Resource): ProblemError => existence === 'secret' ? errors.notFound() : errors.forbidden()
