import type { ResourceState } from '../preconditions/resource-state.js'

/**
 * What is stored under an id, as the hook needs it: a document with its version, or, with `deletedAt`, the tombstone that a delete left.
 * A document of MongoDB that keeps its version in `version` is one as it is.
 */
export interface Stored {
  /** A safe integer >= 1, +1 at each change. */
  readonly version: number
  /** When this version was stored; without it the preconditions with a date are ignored, and no Last-Modified is sent. */
  readonly updatedAt?: Date | null | undefined
  readonly deletedAt?: Date | null | undefined
}

/** The state of an id that something is stored under. Throws where `version` is no version: an entity-tag of it would name nothing. */
export const storedState = ({ version, updatedAt = null, deletedAt = null }: Stored): Exclude<ResourceState, { kind: 'missing' }> => {
  if (!Number.isSafeInteger(version) || version < 1) throw new Error(`The version of a stored document is ${String(version)}, but must be an integer >= 1`)
  return deletedAt === null ? { kind: 'document', version, updatedAt } : { kind: 'tombstone', version, deletedAt }
}

/** The state of an id; null is never there. */
export const stateOf = (stored: Stored | null): ResourceState => stored === null ? { kind: 'missing' } : storedState(stored)
