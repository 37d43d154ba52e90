import { matchesStrongly, matchesWeakly } from './entity-tag.js'
import { isLaterThan } from './http-date.js'
import type { Preconditions } from './preconditions.js'
import type { ResourceState } from './resource-state.js'

/**
 * What becomes of a GET or HEAD.
 * - `proceed`: 200 with the document.
 * - `not-modified`: 304.
 * - `failed`: 412, `header` does not hold for `version`.
 * - `not-found`: 404, `gone`: 410, whatever the preconditions are (RFC 9110 section 13.2.1).
 */
export type ReadJudgement =
  | { readonly kind: 'proceed' }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'failed', readonly header: 'If-Match' | 'If-Unmodified-Since', readonly version: number }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'gone', readonly version: number, readonly deletedAt: Date }

/** Evaluates the preconditions of a GET or HEAD in the order of RFC 9110 section 13.2.2. */
export const judgeRead = (preconditions: Preconditions, state: ResourceState): ReadJudgement => {
  if (state.kind === 'missing') return { kind: 'not-found' }
  if (state.kind === 'tombstone') return { kind: 'gone', version: state.version, deletedAt: state.deletedAt }

  const { version, updatedAt } = state
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = preconditions
  if (ifMatch?.kind === 'tags') {
    if (!ifMatch.tags.some((tag) => matchesStrongly(tag, version))) return { kind: 'failed', header: 'If-Match', version }
  } else if (ifMatch === null && ifUnmodifiedSince !== null && updatedAt !== null && isLaterThan(updatedAt, ifUnmodifiedSince)) {
    return { kind: 'failed', header: 'If-Unmodified-Since', version }
  }
  if (ifNoneMatch !== null) {
    const unchanged = ifNoneMatch.kind === 'star' || ifNoneMatch.tags.some((tag) => matchesWeakly(tag, version))
    return { kind: unchanged ? 'not-modified' : 'proceed' }
  }
  const unchanged = ifModifiedSince !== null && updatedAt !== null && !isLaterThan(updatedAt, ifModifiedSince)
  return { kind: unchanged ? 'not-modified' : 'proceed' }
}
