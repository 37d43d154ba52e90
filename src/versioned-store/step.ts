import type { JsonObject } from '../merge/json.js'
import { decide, type Decision } from './decide.js'
import { guardOf, isVersion } from './guard.js'
import type { StoredId } from './id-form.js'
import type { Attempt } from './settle.js'
import type { PendingState } from './pending-states.js'
import { sized, type Statement } from './statement.js'
import { revisionOf, type Revision } from './revision.js'
import { changedPointers, changeExpression, printChange, wholeDocument } from './stored-change.js'
import { authorshipOf, pushWrite, ringSize, storedForm, versionOf, type DoneKey, type Stored } from './stored-form.js'
import type { VersionedDocument } from './versioned.js'
import type { Write, WriteOutcome } from './write.js'
import { newWriteId } from './write-id.js'

/** A state of an id that a write is built on. */
export interface Base<C> {
  /** Undefined where nothing was ever stored under the id. */
  readonly stored: Stored<C> | undefined
  /** Whether the database said so after the write came in: only then may a client be told. */
  readonly confirmed: boolean
  /** Set where it is what a write that is on its way makes: the next is then conditional on just that write. */
  readonly pending?: PendingState<C>
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

/** What a step needs to know beside the write and its base. */
export interface StepContext<C> {
  readonly now: Date
  /** The base of a merge. */
  readonly ancestor?: VersionedDocument<C> | undefined
  /** Up to which version the revisions of the id were moved out of its outbox; undefined where no history is kept. */
  readonly movedThrough: number | undefined
  /** Whether the reply for a key is kept, so that the document need not name it. */
  readonly isKeyKept: (key: string) => boolean
}

/** The next step of a write that is built on a base. Pure, but for the write id. */
export const stepOn = <C extends JsonObject>(write: Write<C>, _id: StoredId, base: Base<C>, context: StepContext<C>): Step<C> => {
  const { stored } = base
  const current = stored?.current ?? missing
  const decision = decide(write, current, context.now, context.ancestor)
  if (base.confirmed && decision.kind === 'refuse') return { kind: 'answer', outcome: { kind: 'condition-failed', current } }
  if (base.confirmed && decision.kind === 'throw') return { kind: 'throw', error: decision.error }
  const writeId = newWriteId()
  const next = nextOf(decision, stored, write, writeId, context)
  const statement: Statement<C> = {
    id: _id,
    guard: guardOf(stored),
    ...(next === undefined ? { becomes: { kind: 'unchanged' } } : sized(storedForm(_id, next, context.movedThrough !== undefined))),
    ...(base.pending && { inOrder: true }),
    signal: write.signal
  }
  return { kind: 'send', attempt: { statement, next, writeId, version: versionOf(current) + 1 }, done: outcomeOf(decision, current.kind === 'document') }
}

/** A key is promised for 24 hours; one hour more for clocks that differ. */
const keptMs = 25 * 3_600_000

/** Whether a request with a key is remembered still: later its key may be that of another request. */
export const isRemembered = (done: DoneKey, now: Date): boolean => now.getTime() - done.at.getTime() < keptMs

/** What is stored when the decision is carried out; undefined where nothing is. */
const nextOf = <C extends JsonObject>(decision: Decision<C>, base: Stored<C> | undefined, { by, key }: Write<C>, writeId: string, { now, movedThrough, isKeyKept }: StepContext<C>): Stored<C> | undefined => {
  if (decision.kind !== 'store' && decision.kind !== 'bury' && decision.kind !== 'erase') return undefined
  const current: Stored<C>['current'] = decision.kind === 'store' ? { kind: 'document', document: decision.document } : { kind: 'tombstone', tombstone: decision.tombstone }
  const createdAt = decision.kind === 'store' ? decision.document.createdAt : decision.kind === 'bury' ? decision.createdAt : base?.createdAt ?? now
  const created = decision.kind === 'store' && base?.current.kind !== 'document'
  const outbox = movedThrough === undefined || base === undefined || decision.kind === 'erase' ? [] : [...unmoved(base, movedThrough), revisionOf(base.current, authorshipOf(base), current)]
  const keys = [...(base?.keys ?? []).filter((done) => !isKeyKept(done.key) && isRemembered(done, now)), ...(key === undefined ? [] : [{ key, version: versionOf(current), at: now, ...(decision.kind === 'store' && decision.merged && { merged: true as const }) }])]
  const erasedThrough = decision.kind === 'erase' ? versionOf(current) - 1 : base?.erasedThrough
  const change = printChange({
    version: versionOf(current),
    kind: created ? 'created' : decision.kind === 'store' ? 'updated' : 'deleted',
    at: current.kind === 'document' ? current.document.updatedAt : current.tombstone.deletedAt,
    changed: current.kind === 'document' && base?.current.kind === 'document' ? changedPointers(base.current.document.content, current.document.content) : wholeDocument,
    by
  })
  return { current, createdAt, keys, change, writes: pushWrite(base?.writes ?? [], writeId), ...(by !== undefined && { by }), ...(created && { created }), outbox, ...(erasedThrough !== undefined && { erasedThrough }) }
}

/** Bounds an outbox that can't be moved: what is left out is no longer kept. */
const mostUnmoved = 1_000

/** A version that is later than the base itself was moved in an earlier life of the id. */
const unmoved = <C>({ current, outbox }: Stored<C>, movedThrough: number): readonly Revision<C>[] =>
  (movedThrough === 0 || movedThrough >= versionOf(current) ? outbox : outbox.filter(({ version }) => version > movedThrough)).slice(-mostUnmoved)

const outcomeOf = <C>(decision: Decision<C>, existed: boolean): WriteOutcome<C> | undefined => {
  if (decision.kind === 'store') return { kind: 'done', document: decision.document, changed: true, created: !existed, ...(decision.merged && { merged: true }) }
  if (decision.kind === 'keep') return { kind: 'done', document: decision.document, changed: false, created: false, ...(decision.merged && { merged: true }) }
  if (decision.kind === 'bury' || decision.kind === 'erase') return { kind: 'deleted', tombstone: decision.tombstone }
  return undefined
}

/** The revision of a base that the process has not read, as an expression. */
const revisionUnread = {
  version: '$version', at: '$updatedAt', by: '$by', created: '$created', write: { $arrayElemAt: ['$writes', 0] }, content: '$data', createdAt: '$createdAt'
}

/** A delete of one named version needs to know nothing else of the document: the step for it, or undefined for any other write. */
export const stepUnread = <C>({ id, condition, change, permission, merge, by, key, signal }: Write<C>, _id: StoredId, { now, movedThrough }: StepContext<C>): Step<C> | undefined => {
  if (change.kind !== 'delete' || condition.kind !== 'one-of' || condition.holds !== undefined || condition.versions.length !== 1 || merge !== undefined) return undefined
  if (permission?.permits !== undefined) return undefined
  const [named] = condition.versions
  if (named === undefined || !isVersion(named)) return undefined
  const writeId = newWriteId()
  const version = named + 1
  // Where the clock is behind that of the last write, the delete is of the same moment: times never go back within a document.
  const at = { $max: ['$updatedAt', { $literal: now }] }
  const expression = {
    _id: '$_id',
    version: { $literal: version },
    createdAt: '$createdAt',
    erasedThrough: '$erasedThrough',
    updatedAt: at,
    deletedAt: at,
    writes: { $slice: [{ $concatArrays: [[{ $literal: writeId }], '$writes'] }, ringSize] },
    change: changeExpression({ version, kind: 'deleted', changed: wholeDocument, by }, at),
    ...(by !== undefined && { by: { $literal: by } }),
    keys: { $concatArrays: [{ $ifNull: ['$keys', []] }, key === undefined ? [] : [{ $literal: { key, version, at: now } }]] },
    ...(movedThrough !== undefined && { outbox: { $concatArrays: [{ $ifNull: ['$outbox', []] }, [revisionUnread]] } })
  }
  return {
    kind: 'send',
    attempt: { statement: { id: _id, guard: { kind: 'document', version: named, equals: permission?.equals }, becomes: { kind: 'expression', expression }, signal }, writeId, version },
    done: { kind: 'deleted', tombstone: { id, version, deletedAt: now } }
  }
}

/**
 * What is known of an id without a read, if the write can be built on it: kept content of a version that the condition names,
 * or of a later one, which proves the condition stale. A create-only write begins with the guess that nothing is there.
 */
export const baseUnread = <C>({ condition }: Write<C>, kept: Stored<C> | undefined): Base<C> | undefined => {
  if (condition.kind === 'absent') return { stored: kept, confirmed: false }
  if (kept === undefined || condition.kind === 'buried') return undefined
  const version = versionOf(kept.current)
  return condition.kind === 'any' || condition.kind === 'stored' || condition.versions.every((named) => named <= version) ? { stored: kept, confirmed: false } : undefined
}
