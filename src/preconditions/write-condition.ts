import { isLaterThan } from './http-date.js'
import { isComparable, isCreateOnly, lacksIfMatch, type WritePolicy, type WriteVerb } from './judge-write.js'
import type { EntityTagList } from './entity-tag-list.js'
import type { Preconditions } from './preconditions.js'

/** A stored document, as far as a condition can ask about it. */
export interface ConditionedDocument {
  readonly version: number
  readonly updatedAt: Date | null
}

/**
 * What must hold in the write itself.
 * - `absent`: the id holds no document: a create-only write.
 * - `any`: a document is there; none of the versions in `except`, and not changed after `unmodifiedSince` (an HTTP-date, so to the second).
 *   `holds` says the same as a function; it is there only where one of the two asks for something.
 * - `one-of`: the stored version is one of `versions`, which has at least one.
 * - `never`: it holds for no state, so no write may be attempted. A read of the id says why.
 */
export type WriteCondition =
  | { readonly kind: 'absent' }
  | {
    readonly kind: 'any'
    readonly except: readonly number[]
    readonly unmodifiedSince: Date | null
    readonly holds?: (document: ConditionedDocument) => boolean
  }
  | { readonly kind: 'one-of', readonly versions: readonly number[] }
  | { readonly kind: 'never' }

const versionsOf = (list: EntityTagList | null): readonly number[] =>
  list?.kind === 'tags' ? list.tags.flatMap(({ version }) => version ?? []) : []

/** The condition under which `judgeWrite` says `proceed`, for the state that the database finds when it writes. */
export const writeCondition = (verb: WriteVerb, preconditions: Preconditions, policy: WritePolicy): WriteCondition => {
  const { ifMatch, ifNoneMatch, ifUnmodifiedSince } = preconditions
  if (isCreateOnly(verb, preconditions)) return { kind: 'absent' }
  if (ifNoneMatch?.kind === 'star' || lacksIfMatch(verb, preconditions, policy)) return { kind: 'never' }

  const except = versionsOf(ifNoneMatch)
  if (ifMatch?.kind === 'tags') {
    const comparable = ifMatch.tags.filter((tag) => isComparable(tag, policy))
    const versions = [...new Set(versionsOf({ kind: 'tags', tags: comparable }))].filter((version) => !except.includes(version))
    return versions.length > 0 ? { kind: 'one-of', versions } : { kind: 'never' }
  }

  const unmodifiedSince = ifMatch === null ? ifUnmodifiedSince : null
  if (except.length === 0 && unmodifiedSince === null) return { kind: 'any', except, unmodifiedSince }
  return {
    kind: 'any',
    except,
    unmodifiedSince,
    holds: ({ version, updatedAt }) => !except.includes(version) &&
      (unmodifiedSince === null || updatedAt === null || !isLaterThan(updatedAt, unmodifiedSince))
  }
}
