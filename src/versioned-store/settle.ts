import { setTimeout as delay } from 'node:timers/promises'
import type { Document, Timestamp } from 'mongodb'
import { isIdKey } from './duplicate-key.js'
import { defaultGroupLimits } from './group-commit.js'
import { guardHolds } from './guard.js'
import { ReadFailed, type Reader } from './shared-finds.js'
import type { Committer, Statement } from './statement.js'
import { ringSize, versionOf, type Stored } from './stored-form.js'
import { within } from './time-left.js'
import type { NotAppliedReason } from './write.js'

/** A statement with what is needed to tell later whether it was done: its write id, and the version that it makes. */
export interface Attempt<C> {
  readonly statement: Statement<C>
  /** What is stored once it is done, where that is known. */
  readonly next?: Stored<C> | undefined
  readonly writeId: string
  readonly version: number
}

/**
 * What became of an attempt.
 * - `done`: after `sentAt`, on the clock of `performance.now()`; undefined where only the ring of write ids says that it was.
 * - `refused`: nothing was written, now or later; `stored` was read from a majority after the refusal. `wasUnknown`: an answer
 *   had been lost on the way.
 */
export type Settled<C> =
  | { readonly kind: 'done', readonly sentAt?: number }
  | { readonly kind: 'refused', readonly stored: Stored<C> | undefined, readonly wasUnknown?: boolean }
  | { readonly kind: 'duplicate', readonly keyPattern: Document, readonly operationTime: Timestamp | undefined }
  | { readonly kind: 'not-applied', readonly reason: NotAppliedReason }
  | { readonly kind: 'unknown' }

/**
 * Whether the write with this id made `version` of the document. The newest version alone can't tell, since others may have
 * written since; the ring of write ids can, as far back as it goes.
 */
export const wasMadeBy = (stored: Stored<unknown> | undefined, writeId: string, version: number): 'yes' | 'no' | 'unknown' => {
  if (stored === undefined) return 'no'
  const age = versionOf(stored.current) - version
  if (age < 0) return 'no'
  if (age >= ringSize) return 'unknown'
  return stored.writes[age] === writeId ? 'yes' : 'no'
}

/** How long the answer to the last try is waited for, in ms: what became of a write is told within 10 s. */
const lastAnswerMs = 3_500
const { answerMs } = defaultGroupLimits
const noAnswer = { kind: 'unknown', unanswered: true } as const

/** How much of its time is left for a try that may be sent again. */
const shareOfTries = 0.5
const longestPauseMs = 500

/** Until when an attempt is tried. */
export interface SettleTimes {
  readonly since: number
  readonly until: number
  readonly followUntil: number
}

/**
 * Sees an attempt through. After a lost answer the same statement is sent again: its guard names one state, so that it can be
 * done once only, and when the second answer is there the first can no longer be done later. Where that is refused, the ring of
 * write ids says whether it was the first that was done.
 *
 * `until`: when to give up while nothing may have been done, `followUntil`: when something may have been; then it is `unknown`;
 * both on the clock of `performance.now()`. `since`: when the write came. Throws what the database says
 * of a statement that can never be done.
 */
export const settle = async <C>({ statement, writeId, version }: Attempt<C>, committer: Committer<C>, reader: Reader<C>, { since, until, followUntil }: SettleTimes): Promise<Settled<C>> => {
  const writes = statement.becomes.kind !== 'unchanged'
  const lastTry = since + shareOfTries * (until - since)
  let sent = statement
  let maybeDone = false
  let unanswered = false
  for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const sending = committer.commit(sent, maybeDone ? undefined : since)
    const result = maybeDone || followUntil - performance.now() < lastAnswerMs ? await within(followUntil + lastAnswerMs - performance.now(), sending, () => noAnswer) : await sending
    if (result.kind === 'done') return result
    if (!maybeDone) {
      if (result.kind === 'rejected') throw result.error
      if (result.kind === 'not-applied' && !result.again) return { kind: 'not-applied', reason: result.reason }
      if (result.kind === 'duplicate' && !isIdKey(result.keyPattern)) return result
    }
    if (result.kind === 'unknown') {
      maybeDone = writes
      unanswered ||= writes && (result.unanswered ?? false)
      sent = { ...statement, alone: result.alone ?? false, signal: undefined }
    } else if (result.kind !== 'not-applied') {
      try {
        const known = result.kind === 'refused' ? result.current : undefined
        const readSince = maybeDone ? Math.min(performance.now(), followUntil + lastAnswerMs - answerMs) : since
        const stored = known ?? await reader.read(statement.id, result.kind === 'rejected' ? undefined : result.operationTime, readSince)
        const made = maybeDone ? wasMadeBy(stored, writeId, version) : 'no'
        if (made === 'yes') return { kind: 'done' }
        if (made === 'unknown') return { kind: 'unknown' }
        if (result.kind === 'refused' || (result.kind === 'duplicate' && isIdKey(result.keyPattern))) return { kind: 'refused', stored, wasUnknown: maybeDone }
        // What was sent first, and got no answer, may yet be done, for as long as its guard holds.
        if (unanswered && guardHolds(statement.guard, stored)) return { kind: 'unknown' }
        if (result.kind === 'rejected') throw result.error
        return result
      } catch (error) {
        if (!(error instanceof ReadFailed)) throw error
        if (!maybeDone) return { kind: 'not-applied', reason: error.reason }
      }
    }
    if (performance.now() + pauseMs > (maybeDone ? followUntil : lastTry)) return maybeDone ? { kind: 'unknown' } : { kind: 'not-applied', reason: 'unreachable' }
    await delay(pauseMs)
  }
}
