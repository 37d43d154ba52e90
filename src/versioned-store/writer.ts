import type { JsonObject } from '../merge/json.js'
import { Confirmations } from './confirmations.js'
import { asksToMerge } from './decide.js'
import type { FindHolder } from './duplicate-holder.js'
import { defaultGroupLimits } from './group-commit.js'
import type { History } from './history.js'
import { printId, type StoredId } from './id-form.js'
import type { KeptContent } from './kept-content.js'
import { PendingStates } from './pending-states.js'
import { settle, type Attempt, type Settled } from './settle.js'
import { ReadFailed, type Reader } from './shared-finds.js'
import type { Committer } from './statement.js'
import { baseUnread, isRemembered, stepOn, stepUnread, type Base } from './step.js'
import { versionOf, type Stored } from './stored-form.js'
import { contentField } from './unique-index.js'
import type { VersionedDocument } from './versioned.js'
import type { Write, WriteOutcome } from './write.js'

export interface WriterOptions<C> {
  readonly reader: Reader<C>
  readonly kept: KeptContent<C>
  readonly history: History<C> | undefined
  readonly findHolder: FindHolder
  /** How long a write is followed up where an answer was lost, in ms. */
  readonly writeMs: number
  readonly now: () => Date
  /** Whether the reply for a key is kept, so that its document need not name it any more. */
  readonly isKeyKept: (key: string) => boolean
  /** Called when a statement of a write is sent again: another write came first, or its answer was lost. */
  readonly onRetry?: (() => void) | undefined
}

/** A committer for one write that tells of each statement beyond the first. */
const tellingRetries = <C>(committer: Committer<C>, onRetry: () => void): Committer<C> => {
  let sent = 0
  return {
    commit: (statement, since) => {
      if (sent++ > 0) onRetry()
      return committer.commit(statement, since)
    }
  }
}

/** An attempt that others wait for too, whoever of them hangs up. */
const withoutSignal = <C>(attempt: Attempt<C>): Attempt<C> => ({ ...attempt, statement: { ...attempt.statement, signal: undefined } })

const mostDuplicates = 3
const mostMerges = 50

/**
 * Does writes. `_id` is the id of the write as it is stored; `committer` sends its statements. `inOrder`: whether statements on
 * one document are done in the order that they are sent in, so that one can be built on another that is on its way.
 */
export type Writer<C> = (write: Write<C>, _id: StoredId, committer: Committer<C>, inOrder: boolean) => Promise<WriteOutcome<C>>

/**
 * Each write is built on a base, sent as a compare-and-set on just that base, and judged by what the database says of it. Where
 * the base was not the current state, the state that was is the next base; a refusal is told only when the database has
 * confirmed the state that it is based on.
 */
export const createWriter = <C extends JsonObject>({ reader, kept, history, findHolder, writeMs, now, isKeyKept, onRetry }: WriterOptions<C>): Writer<C> => {
  const pending = new PendingStates<C>()
  const confirmations = new Confirmations<C>()
  // A write has its answer in this time, if no answer of the database was lost.
  const { answerMs } = defaultGroupLimits

  const ancestorOf = async (id: string, _id: StoredId, version: number, stored: Stored<C>, since: number): Promise<VersionedDocument<C> | undefined> => {
    if (history === undefined || version <= (stored.erasedThrough ?? 0)) return undefined
    const inMemory = kept.at(id, version)
    if (inMemory !== undefined) return inMemory.state.document
    const state = (await history.versions(_id, stored, version, since)).at(-1)?.state
    return state?.kind === 'document' && state.document.version === version ? state.document : undefined
  }

  /** The outcome of a write that the document says was done by an earlier request with the same key. */
  const doneBefore = async (key: string, _id: StoredId, stored: Stored<C> | undefined, since: number): Promise<WriteOutcome<C> | undefined> => {
    const done = stored?.keys.find((one) => one.key === key)
    if (stored === undefined || done === undefined || !isRemembered(done, now())) return undefined
    const { version, merged } = done
    try {
      const kept = version === versionOf(stored.current) ? { state: stored.current, created: stored.created } : (await history?.versions(_id, stored, version, since))?.at(-1)
      if (kept === undefined || versionOf(kept.state) !== version) return { kind: 'done-before', id: printId(_id), version }
      if (kept.state.kind === 'tombstone') return { kind: 'deleted', tombstone: kept.state.tombstone }
      return { kind: 'done', document: kept.state.document, changed: true, created: kept.created === true, ...(merged && { merged }) }
    } catch (error) {
      // It was done: that it can't be read just now must not be taken for "nothing was written".
      if (error instanceof ReadFailed) return { kind: 'unknown' }
      throw error
    }
  }

  const attempt: Writer<C> = async (asked, _id, committer, inOrder) => {
    let write = asked
    const { id } = write
    const sender = onRetry === undefined ? committer : tellingRetries(committer, onRetry)
    const buildsOnPending = inOrder && (write.condition.kind === 'any' || write.condition.kind === 'one-of')
    let since = performance.now()
    const followUntil = since + writeMs
    let until = since + Math.min(writeMs, answerMs)
    let base: Base<C> | undefined = baseUnread(write, kept.get(id))
    let ancestor: VersionedDocument<C> | undefined
    let duplicates = 0
    let merges = 0
    while (performance.now() < until) {
      const told = base?.confirmed ? base : undefined
      if (buildsOnPending) base = pending.after(id, base)
      const known = base?.pending ? told : base
      const before = write.key === undefined ? undefined : await doneBefore(write.key, _id, known?.stored, since)
      if (before !== undefined) return before
      if (write.merge !== undefined && base?.stored !== undefined && asksToMerge(write, base.stored.current)) {
        if (++merges > mostMerges) break
        ancestor ??= await ancestorOf(id, _id, write.merge.base, base.stored, since)
        if (ancestor === undefined) write = { ...write, merge: undefined }
      }
      const relieved = history?.relieved(id)
      if (relieved !== undefined) await relieved
      const context = { now: now(), ancestor, movedThrough: history?.movedThrough(id), isKeyKept }
      // What clashes with a state that is confirmed is told so, though a later one is on its way: there may always be a later one.
      if (told !== undefined && told !== base && stepOn(write, _id, told, context).kind !== 'send') base = told
      const step = base === undefined ? stepUnread(write, _id, context) : stepOn(write, _id, base, context)
      if (step === undefined) {
        base = { stored: await reader.read(_id, undefined, since), confirmed: false }
        continue
      }
      if (step.kind === 'throw') throw step.error
      if (step.kind === 'answer') return step.outcome
      const { next } = step.attempt
      if (step.done === undefined && base?.pending !== undefined) {
        // Where it is too late for the state that is on its way, nothing more need be asked once that has arrived: unless it was
        // sent before the write came, since it may then have been over by that time.
        const { stored, arrives } = base.pending
        const sentAt = await arrives
        base = sentAt === undefined ? undefined : { stored, confirmed: sentAt >= since }
        continue
      }
      const begun = inOrder && next !== undefined ? pending.begin(id, base?.stored, next) : undefined
      let settled: Settled<C> | undefined
      try {
        const times = { since, until, followUntil }
        settled = step.done !== undefined
          ? await settle(step.attempt, sender, reader, times)
          : await confirmations.of(id, base?.stored, since, () => settle(withoutSignal(step.attempt), sender, reader, times))
      } finally {
        if (begun !== undefined) pending.end(id, begun, settled?.kind === 'done' ? settled.sentAt ?? -Infinity : undefined)
      }
      switch (settled.kind) {
        case 'done':
          if (next !== undefined) {
            kept.keep(id, next)
            history?.written(_id, next)
          }
          if (step.done !== undefined) return step.done
          base = { stored: base?.stored, confirmed: true }
          break
        case 'refused':
          if (settled.wasUnknown) {
            since = performance.now()
            until = followUntil
          }
          kept.replace(id, settled.stored)
          base = { stored: settled.stored, confirmed: true }
          break
        case 'duplicate': {
          const { becomes } = step.attempt.statement
          const holder = becomes.kind === 'stored' ? await findHolder(settled, becomes.form.data ?? {}, since) : undefined
          // Where nobody holds the values they became free in between: the same again.
          if (holder === 'nobody' && ++duplicates < mostDuplicates) break
          return { kind: 'duplicate', fields: Object.keys(settled.keyPattern).map(contentField), holder: holder === 'nobody' ? undefined : holder }
        }
        default:
          return settled
      }
    }
    return { kind: 'not-applied', reason: 'contention' }
  }
  return async (...args) => {
    try {
      return await attempt(...args)
    } catch (error) {
      // A read that a write needs comes before its statement is sent, or after that was refused: nothing was written.
      if (error instanceof ReadFailed) return { kind: 'not-applied', reason: error.reason }
      throw error
    }
  }
}
