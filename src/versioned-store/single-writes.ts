import { MongoServerError, Timestamp, type Collection, type Document } from 'mongodb'
import { commandFailure, isUnanswered } from './command-errors.js'
import { isDuplicateKeyCode } from './duplicate-key.js'
import { guardHolds } from './guard.js'
import { majorityJournaled } from './shared-updates.js'
import { pipelineOf, type Committer, type StatementResult } from './statement.js'
import { readStored, type StoredForm } from './stored-form.js'

const failed = (error: unknown): StatementResult<never> => {
  if (error instanceof MongoServerError) {
    const { code, keyPattern }: { code?: number | string, keyPattern?: Document } = error
    if (isDuplicateKeyCode(code) && keyPattern !== undefined) return { kind: 'duplicate', keyPattern, operationTime: operationTimeOf(error) }
  }
  const failure = commandFailure(error)
  if (failure === 'never-sent' || failure === 'not-yet-sent') return { kind: 'not-applied', reason: 'unreachable', again: failure === 'not-yet-sent' }
  const unanswered = isUnanswered(error)
  return failure === 'unknown-alone' && error instanceof Error && !unanswered ? { kind: 'rejected', error } : { kind: 'unknown', unanswered }
}

const operationTimeOf = ({ errorResponse: { operationTime } }: MongoServerError): Timestamp | undefined => operationTime instanceof Timestamp ? operationTime : undefined

/**
 * The plain form: one `findOneAndUpdate` for each statement. It leaves the document as it is where the guard doesn't hold, and
 * brings back what was there before, by which it is known whether the guard held.
 */
export const singleUpdates = <C>(collection: Collection<StoredForm<C>>): Committer<C> => ({
  commit: async (statement) => {
    let before: StoredForm<C> | null
    try {
      before = await collection.findOneAndUpdate({ _id: statement.id }, pipelineOf(statement, '$$ROOT'),
        { upsert: statement.guard.kind === 'missing' && statement.becomes.kind !== 'unchanged', returnDocument: 'before', writeConcern: majorityJournaled })
    } catch (error) {
      return failed(error)
    }
    const stored = before === null ? undefined : readStored(before)
    if (guardHolds(statement.guard, stored) && !(stored === undefined && statement.becomes.kind === 'unchanged')) return { kind: 'done' }
    return { kind: 'refused', operationTime: undefined, current: stored }
  }
})

/** One `insertOne` for each statement. */
export const singleInserts = <C>(collection: Collection<StoredForm<C>>): Committer<C> => ({
  commit: async ({ becomes }) => {
    if (becomes.kind !== 'stored') throw new TypeError('an insert stores a document')
    try {
      await collection.insertOne(becomes.form, { writeConcern: majorityJournaled, forceServerObjectId: true })
      return { kind: 'done' }
    } catch (error) {
      return failed(error)
    }
  }
})
