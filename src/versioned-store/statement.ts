import { BSON, type Document, type Timestamp } from 'mongodb'
import { bsonSizeAtMost } from './bson-size.js'
import { guardExpression, type Guard, type refusal } from './guard.js'
import type { StoredId } from './id-form.js'
import type { Stored, StoredForm } from './stored-form.js'
import type { NotAppliedReason } from './write.js'

/**
 * One compare-and-set: where the guard holds the document becomes `becomes`, else nothing is written.
 * - `stored`: just this document.
 * - `expression`: what this aggregation expression gives, with no value of a client in it.
 * - `unchanged`: it stays as it is; with the write concern that is how the database confirms a state.
 */
export interface Statement<C> {
  readonly id: StoredId
  readonly guard: Guard
  readonly becomes:
    | { readonly kind: 'stored', readonly form: StoredForm<C> }
    | { readonly kind: 'expression', readonly expression: Document }
    | { readonly kind: 'unchanged' }
  /** Sent after every statement on the same document that came before it, and never beside one of them. */
  readonly inOrder?: boolean
  /** Sent in a command of its own, since a command with it failed as a whole. */
  readonly alone?: boolean
  readonly signal?: Pick<AbortSignal, 'aborted'> | undefined
  /** Its size in a command, in bytes, where that is known. */
  readonly bytes?: number
}

/**
 * What the database said of a statement.
 * - `done`: `sentAt` is when the command that did it was sent, on the clock of `performance.now()`, where that is known.
 * - `refused`: the guard didn't hold; `current` where the answer brought it along.
 * - `rejected`: the statement can never be done, as it stands.
 * - `not-applied`: it was not sent; `again` where it is worth another try.
 * - `unknown`: it may have been done; `alone` where it should be sent again in a command of its own, `unanswered` where the
 *   database has not said that the command is over: it may yet be done.
 *
 * `operationTime` is that of the answer: a majority read at or after it sees what the statement saw.
 */
export type StatementResult<C> =
  | { readonly kind: 'done', readonly sentAt?: number }
  | { readonly kind: 'refused', readonly operationTime: Timestamp | undefined, readonly current?: Stored<C> | undefined }
  | { readonly kind: 'duplicate', readonly keyPattern: Document, readonly operationTime: Timestamp | undefined }
  | { readonly kind: 'rejected', readonly error: Error }
  | { readonly kind: 'not-applied', readonly reason: NotAppliedReason, readonly again?: boolean }
  | { readonly kind: 'unknown', readonly alone?: boolean, readonly unanswered?: boolean }

/** Sends statements to the database, each decided there by itself. */
export interface Committer<C> {
  /** `since`: when the write came that it is for, on the clock of `performance.now()`; now unless given. */
  commit(statement: Statement<C>, since?: number): Promise<StatementResult<C>>
}

/**
 * The update pipeline of a statement. Whatever a client sent stands in `$literal`, where nothing in it is evaluated. What is
 * missing can't stay as it is: with `upsert` it would become an empty document, so that such a statement is always refused.
 */
export const pipelineOf = ({ guard, becomes }: Statement<unknown>, otherwise: typeof refusal | '$$ROOT'): Document[] => {
  const unchanged = guard.kind === 'missing' ? otherwise : '$$ROOT'
  const then = becomes.kind === 'stored' ? { $literal: becomes.form } : becomes.kind === 'expression' ? becomes.expression : unchanged
  return [{ $replaceWith: { $cond: [guardExpression(guard), then, otherwise] } }]
}

/** What a statement adds to a command beside the document that it stores, in bytes, rounded up. */
const overhead = 1024

/** The size of a statement in a command, in bytes, rounded up. */
export const bytesOf = <C>({ becomes, bytes }: Pick<Statement<C>, 'becomes' | 'bytes'>): number =>
  bytes ?? overhead + (becomes.kind === 'stored' ? bsonSizeAtMost(becomes.form) : 0)

/** The largest statement: a document has at most 16 MB in MongoDB, and a command little more. */
const mostBytes = 15 * 1024 * 1024

/** A document would be larger than MongoDB takes. */
export class DocumentTooLarge extends Error {
  constructor () {
    super('The document would be larger than 15 MB as it is stored')
  }
}

/** What a statement stores, with its size; without the outbox, where only so it is not too large. Throws `DocumentTooLarge`. */
export const sized = <C>(form: StoredForm<C>): Pick<Statement<C>, 'becomes' | 'bytes'> => {
  const becomes = { kind: 'stored', form } as const
  const atMost = bytesOf({ becomes })
  const bytes = atMost <= mostBytes ? atMost : overhead + BSON.calculateObjectSize(form)
  if (bytes <= mostBytes) return { becomes, bytes }
  const { outbox, ...rest } = form
  if (outbox === undefined || outbox.length === 0) throw new DocumentTooLarge()
  return sized({ ...rest, outbox: [] })
}
