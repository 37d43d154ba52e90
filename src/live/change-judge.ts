import type { FastifyRequest } from 'fastify'
import type { ResourceContext } from '../resources/resource-routes.js'
import { readableVersions } from '../resources/readable-versions.js'
import { mayDo } from '../sign-in/access.js'
import type { KeptVersion } from '../versioned-store/history.js'
import type { StoredChange } from '../versioned-store/stored-change.js'
import { versionOf } from '../versioned-store/stored-form.js'

/**
 * What one who listens is told of a change:
 * - `event`: what it was.
 * - `resync`: that changes were missed, since it can't be found out any more whether that version may be seen, but the current one may.
 * - `nothing`: it may not be seen.
 */
export type Told = 'event' | 'resync' | 'nothing'

/** Finds out who may see the document of a change: what it gives says so of one who listens. Throws where that can't be found out just now. */
export type ChangeJudge = (change: StoredChange & { readonly id: string }) => Promise<(request: FastifyRequest) => Told>

/**
 * Judges as `GET /:id/revisions/:version` does: that version and the current one must both be readable, and a delete is readable by who
 * may read what it deleted. It reads the document once for all who listen, and not at all where this process has made the change.
 */
export const changeJudge = ({ resource, store }: Pick<ResourceContext, 'resource' | 'store'>): ChangeJudge => async ({ id, version }) => {
  const versions = await store.versions(id, Math.max(1, version - 1), version)
  const isOf = (number: number) => ({ state }: KeptVersion<unknown>): boolean => versionOf(state) === number
  const changed = versions.find(isOf(version))
  const isKnown = changed?.state.kind === 'document' || (changed !== undefined && versions.some(isOf(version - 1)))
  const [current] = versions
  return (request) => {
    const readable = readableVersions(request, resource, versions)
    const seesCurrent = current?.state.kind === 'document' && readable[0] === current
    if (isKnown) return readable.includes(changed) && (seesCurrent || current?.state.kind === 'tombstone') ? 'event' : 'nothing'
    // That something is gone is told to all where it is no secret that it was there.
    return seesCurrent || (current?.state.kind !== 'document' && resource.existence !== 'secret') ? 'resync' : 'nothing'
  }
}

/** Finds out who may read a document as it is now: nobody while it is not there. Throws where that can't be found out just now. */
export type ReaderJudge = (id: string) => Promise<(request: FastifyRequest) => boolean>

/** Judges as `GET /:id` does. It reads the document once for all. */
export const readerJudge = ({ resource, store }: Pick<ResourceContext, 'resource' | 'store'>): ReaderJudge => async (id) => {
  const current = await store.read(id)
  return (request) => current.kind === 'document' && mayDo(request, resource, 'read', current.document)
}
