import type { Current, Tombstone, VersionedDocument } from './versioned.js'

/**
 * What must hold for a write to be done. The store compares it with the stored version in the write itself.
 * - `absent`: the id holds no document (never there, or deleted): a create-only write.
 * - `buried`: the id was deleted, as that version: a write that brings it back.
 * - `any`: a document is there, whatever its version.
 * - `stored`: a document or a tombstone is there, whatever its version.
 * - `one-of`: the stored version is one of `versions`; an empty list never holds.
 *
 * `holds` asks more of the document, whose version the write is then conditional on.
 */
export type WriteCondition<C = unknown> =
  | { readonly kind: 'absent' }
  | { readonly kind: 'stored' }
  | { readonly kind: 'buried', readonly version: number }
  | { readonly kind: 'any', readonly holds?: (document: VersionedDocument<C>) => boolean }
  | { readonly kind: 'one-of', readonly versions: readonly number[], readonly holds?: (document: VersionedDocument<C>) => boolean }

/**
 * Whether whoever writes may do this to a document. It is asked of the version that the write is then conditional on, whatever the
 * condition says, and before it: a refusal is told as `condition-failed`, with the document that it is about.
 * - `equals`: a field of the content, at its top level, has just this value; the database itself can compare it.
 * - `permits`: pure; a later version may get another answer.
 */
export interface Permission<C> {
  readonly equals?: { readonly field: string, readonly value: string } | undefined
  readonly permits?: ((document: VersionedDocument<C>) => boolean) | undefined
}

/**
 * What a write makes of the document.
 * `createdAt`: the date of creation, where a deleted document comes back; else now.
 * `erase` deletes, as the next version, and nothing of the versions before it can be had any more; also where only a tombstone is left.
 * `next` is a pure function of the base, the version that matched; the write is then conditional on just that version.
 * What it throws reaches the caller of `write`, once the database has confirmed that the base is still the current version.
 */
export type Change<C> =
  | { readonly kind: 'create', readonly content: C, readonly createdAt?: Date }
  | { readonly kind: 'replace', readonly next: (base: VersionedDocument<C>) => C }
  | { readonly kind: 'delete' | 'erase' }

/**
 * What to do where the stored version is later than the one that was edited: combine the two changes. The result is stored only
 * if the version that it was combined with is still the stored one.
 */
export interface Merge<C> {
  /** The version that was edited, the base of both changes. */
  readonly base: number
  /** The content that holds both changes, or undefined where they clash. Pure; what it throws reaches the caller of `write`. */
  readonly combine: (base: VersionedDocument<C>, theirs: VersionedDocument<C>) => C | undefined
}

/** A write is a value: one id, one condition, one change. */
export interface Write<C> {
  readonly id: string
  readonly condition: WriteCondition<C>
  readonly change: Change<C>
  /** What must hold besides, of a document that is there. */
  readonly permission?: Permission<C> | undefined
  /** Where the condition fails since the version is a later one; history must hold the base. */
  readonly merge?: Merge<C> | undefined
  /** Id of the request, which is done once only, however often it is sent: the document names it until that is no longer needed. */
  readonly key?: string | undefined
  /** Who writes, for the revision. */
  readonly by?: string | undefined
  /** Aborted when the client has hung up: a write that has not left the queue is then dropped. */
  readonly signal?: Pick<AbortSignal, 'aborted'> | undefined
}

/** The document that holds a value that must be unique. */
export interface DuplicateHolder {
  readonly id: string
  readonly version: number
}

/**
 * What became of a write, as the database decided it.
 * - `done`: stored, or with `changed: false` already so; `document` is what is stored as that version. `merged`: it holds the
 *   changes of others too.
 * - `done-before`: done by an earlier request with its key, as a version whose content is no longer kept.
 * - `deleted`: the delete was done; `tombstone` is what it left.
 * - `condition-failed`: nothing was written; `current` is the state that the database confirmed after the write was sent.
 * - `duplicate`: nothing was written; `fields` names the fields of the unique index.
 * - `not-applied`: nothing was written, now or later: the database could not be reached (`unreachable`), the queue was full
 *   (`overloaded`), other writes came first until the time was up (`contention`), or the client hung up (`hung-up`).
 * - `unknown`: no answer could be had; it may have been written.
 */
export type WriteOutcome<C> =
  | { readonly kind: 'done', readonly document: VersionedDocument<C>, readonly changed: boolean, readonly created: boolean, readonly merged?: true }
  | { readonly kind: 'deleted', readonly tombstone: Tombstone }
  | { readonly kind: 'done-before', readonly id: string, readonly version: number }
  | { readonly kind: 'condition-failed', readonly current: Current<C> }
  | { readonly kind: 'duplicate', readonly fields: readonly string[], readonly holder: DuplicateHolder | undefined }
  | { readonly kind: 'not-applied', readonly reason: NotAppliedReason }
  | { readonly kind: 'unknown' }

export type NotAppliedReason = 'unreachable' | 'overloaded' | 'contention' | 'hung-up'
