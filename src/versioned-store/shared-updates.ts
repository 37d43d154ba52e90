import type { Db, Document, Timestamp } from 'mongodb'
import { commandFailure, isUnanswered, ownFaults, saysUnknown } from './command-errors.js'
import { GroupCommit, type GroupLimits } from './group-commit.js'
import { isRefusal, refusal } from './guard.js'
import { printId } from './id-form.js'
import type { KnownTime } from './known-time.js'
import { sendCommand } from './send-command.js'
import { bytesOf, pipelineOf, type Committer, type Statement, type StatementResult } from './statement.js'
import { isDuplicateKeyCode } from './duplicate-key.js'

interface WriteError { index: number, code: number, errmsg?: string, keyPattern?: Document }
interface WriteReply { operationTime?: Timestamp, writeErrors?: WriteError[] }

/** Stated on each command: a write is acknowledged when a majority has it in its journal. */
export const majorityJournaled = { w: 'majority', j: true } as const

/**
 * Sends statements that arrive together as one command of `commandOf`, unordered, so that each is decided by itself: an error
 * is that of the statement that `index` names, and the others go on.
 */
const shared = <C>(db: Db, known: KnownTime, commandOf: (statements: readonly Statement<C>[]) => Document, limits: Partial<GroupLimits>): Committer<C> => {
  const group = new GroupCommit<Statement<C>, StatementResult<C>>({
    keyOf: ({ id }) => printId(id),
    bytesOf,
    isInOrder: ({ inOrder }) => inOrder ?? false,
    isAlone: ({ alone }) => alone ?? false,
    signalOf: ({ signal }) => signal,
    notSent: (reason) => ({ kind: 'not-applied', reason }),
    // What writes nothing needn't be waited for.
    late: ({ becomes }) => becomes.kind === 'unchanged' ? { kind: 'not-applied', reason: 'unreachable' } : undefined,
    limits,
    run: async (statements) => {
      const command = { ...commandOf(statements), ordered: false, writeConcern: majorityJournaled }
      const sentAt = performance.now()
      let reply: WriteReply
      try {
        reply = await sendCommand(db, command)
        known.note(reply.operationTime)
      } catch (error) {
        const failure = commandFailure(error)
        if (failure === 'never-sent' || failure === 'not-yet-sent') return statements.map(() => ({ kind: 'not-applied', reason: 'unreachable', again: failure === 'not-yet-sent' }))
        const unanswered = isUnanswered(error)
        if (failure === 'unknown') return statements.map(() => ({ kind: 'unknown', unanswered }))
        return statements.map(({ alone }) => alone && error instanceof Error && !unanswered ? { kind: 'rejected', error } : { kind: 'unknown', alone: true, unanswered })
      }
      const results: StatementResult<C>[] = statements.map(() => ({ kind: 'done', sentAt }))
      for (const error of reply.writeErrors ?? []) results[error.index] = resultOf(error, statements[error.index]?.alone ?? false, reply.operationTime)
      return results
    }
  })
  return { commit: (statement, since) => group.submit(statement, since) }
}

const resultOf = ({ code, errmsg, keyPattern }: WriteError, alone: boolean, operationTime: Timestamp | undefined): StatementResult<never> => {
  if (isRefusal(code)) return { kind: 'refused', operationTime }
  if (isDuplicateKeyCode(code) && keyPattern !== undefined) return { kind: 'duplicate', keyPattern, operationTime }
  if (saysUnknown(code)) return { kind: 'unknown' }
  if (ownFaults.has(code) || alone) return { kind: 'rejected', error: new Error(`statement rejected with code ${code}: ${errmsg ?? ''}`) }
  return { kind: 'unknown', alone: true }
}

/** Statements as the updates of one `update` command (https://www.mongodb.com/docs/manual/reference/command/update/). */
export const sharedUpdates = <C>(db: Db, collection: string, known: KnownTime, limits: Partial<GroupLimits> = {}): Committer<C> =>
  shared(db, known, (statements) => ({
    update: collection,
    updates: statements.map((statement) => ({ q: { _id: statement.id }, u: pipelineOf(statement, refusal), upsert: true }))
  }), limits)

/** Statements that store under an id that is new, as the documents of one `insert` command. */
export const sharedInserts = <C>(db: Db, collection: string, known: KnownTime, limits: Partial<GroupLimits> = {}): Committer<C> =>
  shared(db, known, (statements) => ({
    insert: collection,
    documents: statements.map(({ becomes }) => {
      if (becomes.kind !== 'stored') throw new TypeError('an insert stores a document')
      return becomes.form
    })
  }), limits)
