import type { FindHolder } from './duplicate-holder.js'
import type { StoredId } from './id-form.js'
import type { KeptContent } from './kept-content.js'
import { settle } from './settle.js'
import { ReadFailed, type Reader } from './shared-finds.js'
import type { Committer } from './statement.js'
import { baseUnread, stepOn, stepUnread, type Base } from './step.js'
import { readStored } from './stored-form.js'
import { contentField } from './unique-index.js'
import type { Write, WriteOutcome } from './write.js'

export interface WriterOptions<C> {
  readonly reader: Reader<C>
  readonly kept: KeptContent<C>
  readonly findHolder: FindHolder
  /** How long a write is tried and followed up, in ms. */
  readonly writeMs: number
  readonly now: () => Date
}

const mostDuplicates = 3

/** Does writes. `_id` is the id of the write as it is stored; `committer` sends its statements. */
export type Writer<C> = (write: Write<C>, _id: StoredId, committer: Committer<C>) => Promise<WriteOutcome<C>>

/**
 * Each write is built on a base, sent as a compare-and-set on just that base, and judged by what the database says of it. Where
 * the base was not the current state, the state that was is the next base; a refusal is told only when the database has
 * confirmed the state that it is based on.
 */
export const createWriter = <C extends object>({ reader, kept, findHolder, writeMs, now }: WriterOptions<C>): Writer<C> => {
  const attempt = async (write: Write<C>, _id: StoredId, committer: Committer<C>): Promise<WriteOutcome<C>> => {
    const end = performance.now() + writeMs
    let base: Base<C> | undefined = baseUnread(write, kept.get(write.id))
    let duplicates = 0
    while (performance.now() < end) {
      const step = base === undefined ? stepUnread(write, _id, now()) : stepOn(write, _id, base, now())
      if (step === undefined) {
        base = { stored: await reader.read(_id), confirmed: false }
        continue
      }
      if (step.kind === 'throw') throw step.error
      if (step.kind === 'answer') return step.outcome
      const settled = await settle(step.attempt, committer, reader, end - performance.now())
      switch (settled.kind) {
        case 'done': {
          const { becomes } = step.attempt.statement
          if (becomes.kind === 'stored') kept.keep(write.id, readStored(becomes.form))
          if (step.done !== undefined) return step.done
          base = { stored: base?.stored, confirmed: true }
          break
        }
        case 'refused':
          kept.replace(write.id, settled.stored)
          base = { stored: settled.stored, confirmed: true }
          break
        case 'duplicate': {
          const { becomes } = step.attempt.statement
          const holder = becomes.kind === 'stored' ? await findHolder(settled, becomes.form.data ?? {}) : undefined
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
