import { decide, type Decision } from './decide.js'
import { guardOf, isVersion } from './guard.js'
import type { StoredId } from './id-form.js'
import type { Attempt } from './settle.js'
import type { Statement } from './statement.js'
import { pushWrite, ringSize, storedDocument, storedTombstone, versionOf, type Stored } from './stored-form.js'
import type { Write, WriteOutcome } from './write.js'
import { newWriteId } from './write-id.js'

/** A state of an id that a write is built on. */
export interface Base<C> {
  /** Undefined where nothing was ever stored under the id. */
  readonly stored: Stored<C> | undefined
  /** Whether the database said so after the write came in: only then may a client be told. */
  readonly confirmed: boolean
}

/**
 * What to do next for a write.
 * - `send`: an attempt; `done` is the outcome once it is done, or undefined where it only confirms the base.
 * - `answer`, `throw`: the write has come to its end.
 */
export type Step<C> =
  | { readonly kind: 'send', readonly attempt: Attempt<C>, readonly done: WriteOutcome<C> | undefined }
  | { readonly kind: 'answer', readonly outcome: WriteOutcome<C> }
  | { readonly kind: 'throw', readonly error: unknown }

const missing = { kind: 'missing' } as const

/** The next step of a write that is built on a base, at the time `now`. Pure, but for the write id. */
export const stepOn = <C>(write: Write<C>, _id: StoredId, base: Base<C>, now: Date): Step<C> => {
  const current = base.stored?.current ?? missing
  const decision = decide(write, current, now)
  if (base.confirmed && decision.kind === 'refuse') return { kind: 'answer', outcome: { kind: 'condition-failed', current } }
  if (base.confirmed && decision.kind === 'throw') return { kind: 'throw', error: decision.error }
  const writeId = newWriteId()
  const statement: Statement<C> = { id: _id, guard: guardOf(current), becomes: becomes(decision, _id, base.stored, writeId), signal: write.signal }
  return { kind: 'send', attempt: { statement, writeId, version: versionOf(current) + 1 }, done: outcomeOf(decision, current.kind === 'document') }
}

const becomes = <C>(decision: Decision<C>, _id: StoredId, stored: Stored<C> | undefined, writeId: string): Statement<C>['becomes'] => {
  const writes = pushWrite(stored?.writes ?? [], writeId)
  if (decision.kind === 'store') return { kind: 'stored', form: storedDocument(_id, decision.document, writes) }
  if (decision.kind === 'bury') return { kind: 'stored', form: storedTombstone(_id, decision.tombstone, decision.createdAt, writes) }
  return { kind: 'unchanged' }
}

const outcomeOf = <C>(decision: Decision<C>, existed: boolean): WriteOutcome<C> | undefined => {
  if (decision.kind === 'store') return { kind: 'done', document: decision.document, changed: true, created: !existed }
  if (decision.kind === 'keep') return { kind: 'done', document: decision.document, changed: false, created: false }
  if (decision.kind === 'bury') return { kind: 'deleted', tombstone: decision.tombstone }
  return undefined
}

/** A delete of one named version needs to know nothing else of the document: the step for it, or undefined for any other write. */
export const stepUnread = <C>({ id, condition, change, signal }: Write<C>, _id: StoredId, now: Date): Step<C> | undefined => {
  if (change.kind !== 'delete' || condition.kind !== 'one-of' || condition.holds !== undefined || condition.versions.length !== 1) return undefined
  const [named] = condition.versions
  if (named === undefined || !isVersion(named)) return undefined
  const writeId = newWriteId()
  const version = named + 1
  const writes = { $slice: [{ $concatArrays: [[{ $literal: writeId }], '$writes'] }, ringSize] }
  const expression = { _id: '$_id', version: { $literal: version }, createdAt: '$createdAt', updatedAt: { $literal: now }, deletedAt: { $literal: now }, writes }
  return {
    kind: 'send',
    attempt: { statement: { id: _id, guard: { kind: 'document', version: named }, becomes: { kind: 'expression', expression }, signal }, writeId, version },
    done: { kind: 'deleted', tombstone: { id, version, deletedAt: now } }
  }
}

/**
 * What is known of an id without a read, if the write can be built on it: kept content of a version that the condition names,
 * or of a later one, which proves the condition stale. A create-only write begins with the guess that nothing is there.
 */
export const baseUnread = <C>({ condition }: Write<C>, kept: Stored<C> | undefined): Base<C> | undefined => {
  if (condition.kind === 'absent') return { stored: kept, confirmed: false }
  if (kept === undefined) return undefined
  const version = versionOf(kept.current)
  return condition.kind === 'any' || condition.versions.every((named) => named <= version) ? { stored: kept, confirmed: false } : undefined
}
