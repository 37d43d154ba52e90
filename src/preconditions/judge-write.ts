import { matchesWeakly, type EntityTag } from './entity-tag.js'
import { isLaterThan } from './http-date.js'
import type { Preconditions } from './preconditions.js'
import type { ResourceState } from './resource-state.js'

/** What a write does. Only `put` can create; a `transition` is guarded by the state that it starts from, so If-Match is optional. */
export type WriteVerb = 'put' | 'patch' | 'delete' | 'transition'

/** What a resource asks of the preconditions of a write. */
export interface WritePolicy {
  /** Whether PUT, PATCH and DELETE of an existing document must have an If-Match. */
  readonly ifMatch: 'required' | 'optional'
  /** Whether `W/"5"` in If-Match matches version 5: never, by RFC 9110 section 13.1.1, or with `compare` like the strong tag. */
  readonly weakIfMatch: 'never-matches' | 'compare'
}

/**
 * What becomes of a write, as far as its preconditions decide it.
 * - `proceed`: it may be made.
 * - `not-found`: never there. `gone`: deleted as `version`.
 * - `precondition-required`: `send` names the header that is missing: the entity-tag in If-Match, or `*` in If-None-Match to create.
 * - `version-conflict`: If-Match or If-Unmodified-Since does not hold for `version`; `deletedAt` is set where that version is a tombstone's;
 *   `weakTag` says that a weak tag stood in the way: one that names the stored version, or a list that has no strong one.
 * - `already-exists`: If-None-Match does not hold.
 */
export type WriteJudgement =
  | { readonly kind: 'proceed' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'gone', readonly version: number, readonly deletedAt: Date }
  | { readonly kind: 'precondition-required', readonly send: 'If-Match' | 'If-None-Match' }
  | { readonly kind: 'version-conflict', readonly version: number, readonly deletedAt: Date | null, readonly weakTag: boolean }
  | { readonly kind: 'already-exists', readonly version: number }

/** Whether a tag of If-Match takes part in the comparison: under strong comparison a weak one does not. */
export const isComparable = (tag: EntityTag, { weakIfMatch }: WritePolicy): boolean => !tag.weak || weakIfMatch === 'compare'

/** Whether a write of this verb must have an If-Match, but has none. */
export const lacksIfMatch = (verb: WriteVerb, { ifMatch }: Preconditions, policy: WritePolicy): boolean =>
  ifMatch === null && policy.ifMatch === 'required' && verb !== 'transition'

/** Whether the write is create-only: it holds for an id that has no document, and for no other. */
export const isCreateOnly = (verb: WriteVerb, { ifMatch, ifNoneMatch }: Preconditions): boolean =>
  verb === 'put' && ifMatch === null && ifNoneMatch?.kind === 'star'

const conflict = (
  tags: readonly EntityTag[], version: number, deletedAt: Date | null, policy: WritePolicy
): WriteJudgement => ({
  kind: 'version-conflict',
  version,
  deletedAt,
  weakTag: policy.weakIfMatch === 'never-matches' && tags.some((tag) => tag.weak) &&
    (tags.every((tag) => tag.weak) || tags.some((tag) => matchesWeakly(tag, version)))
})

/**
 * Judges a write against the state of its id: 404 and 410, then the preconditions that were sent in the order of RFC 9110 section 13.2.2,
 * then whether one is missing (RFC 6585 section 3). A precondition that was sent and does not hold is a conflict, also where If-Match is missing.
 */
export const judgeWrite = (
  verb: WriteVerb, preconditions: Preconditions, policy: WritePolicy, state: ResourceState
): WriteJudgement => {
  const { ifMatch, ifNoneMatch, ifUnmodifiedSince } = preconditions
  if (state.kind !== 'document' && isCreateOnly(verb, preconditions)) return { kind: 'proceed' }
  if (state.kind === 'missing') {
    return verb === 'put' && ifMatch === null ? { kind: 'precondition-required', send: 'If-None-Match' } : { kind: 'not-found' }
  }
  if (state.kind === 'tombstone') {
    const { version, deletedAt } = state
    return ifMatch?.kind === 'tags' ? conflict(ifMatch.tags, version, deletedAt, policy) : { kind: 'gone', version, deletedAt }
  }

  const { version, updatedAt } = state
  if (ifMatch?.kind === 'tags') {
    if (!ifMatch.tags.some((tag) => isComparable(tag, policy) && matchesWeakly(tag, version))) return conflict(ifMatch.tags, version, null, policy)
  } else if (ifMatch === null && ifUnmodifiedSince !== null && updatedAt !== null && isLaterThan(updatedAt, ifUnmodifiedSince)) {
    return conflict([], version, null, policy)
  }
  const exists = ifNoneMatch !== null && (ifNoneMatch.kind === 'star' || ifNoneMatch.tags.some((tag) => matchesWeakly(tag, version)))
  if (exists) return { kind: 'already-exists', version }
  return lacksIfMatch(verb, preconditions, policy) ? { kind: 'precondition-required', send: 'If-Match' } : { kind: 'proceed' }
}

/** The precondition that a POST to a collection can't honour: it has no version to compare, and If-Match must not be ignored. Null where it has none. */
export const unsupportedOnCreate = ({ ifMatch }: Preconditions): 'If-Match' | null => ifMatch === null ? null : 'If-Match'
