import { MongoError, MongoErrorLabel, MongoNetworkError, MongoNetworkTimeoutError, MongoServerError, MongoServerSelectionError, MongoTopologyClosedError, MongoNotConnectedError, MongoWriteConcernError } from 'mongodb'

/**
 * What the failure of a whole command says of what was in it.
 * - `never-sent`: it never left the process: nothing of it was done, nor will be.
 * - `not-yet-sent`: the same, but only for want of a connection at this moment: it is worth another try.
 * - `unknown`: anything of it may have been done.
 * - `unknown-alone`: the same, and the next command should not be the same again: it may be what is in it that hangs or fails.
 */
export type CommandFailure = 'never-sent' | 'not-yet-sent' | 'unknown' | 'unknown-alone'

/** Codes by which a server says that it is not, or no longer, the primary, that it stops, or that the operation was interrupted. */
const interrupted = new Set([6, 7, 24, 46, 50, 64, 89, 91, 112, 133, 134, 189, 202, 262, 279, 290, 317, 358, 384, 9001, 10058, 10107, 11600, 11601, 11602, 13435, 13436])

/** Whether a server's code (of a command or of one statement) says nothing sure about what was done. */
export const saysUnknown = (code: number): boolean => interrupted.has(code)

/**
 * Codes of a statement's own fault: it can never be done. 10334: the document is over 16 MB; 15: nested too deep; 52, 66: a
 * field name or `_id` that MongoDB doesn't take; 17280, 17420: an index key or document too large.
 */
export const ownFaults = new Set([15, 52, 66, 10334, 17280, 17419, 17420])

/** Names of errors that the driver doesn't export: of a command that waited for a connection of the pool and got none. */
const withoutConnection = new Map<string, CommandFailure>([['MongoWaitQueueTimeoutError', 'never-sent'], ['MongoPoolClosedError', 'never-sent'], ['MongoPoolClearedError', 'not-yet-sent']])

/** Whether a connection that was to be made for the command could not be. */
const isConnectError = (cause: unknown): boolean => cause instanceof Error && 'syscall' in cause && cause.syscall === 'connect'

/** Whether the server has not said that the command is over: what is in it may yet be done. */
export const isUnanswered = (error: unknown): boolean => error instanceof MongoError && !(error instanceof MongoServerError)

/** Whether a read failed for want of a database that answers: another try may do. All else is a fault of the read itself. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof MongoServerError ? typeof error.code === 'number' && saysUnknown(error.code) : error instanceof MongoError

/** Reads what the driver threw for a whole command. What the label `RetryableWriteError` says isn't looked at: it is not reliable. */
export const commandFailure = (error: unknown): CommandFailure => {
  if (error instanceof MongoServerSelectionError || error instanceof MongoTopologyClosedError || error instanceof MongoNotConnectedError) return 'never-sent'
  const failure = error instanceof MongoError ? withoutConnection.get(error.name) : undefined
  if (failure !== undefined) return failure
  if (error instanceof MongoNetworkError && (('beforeHandshake' in error && error.beforeHandshake === true) || error.hasErrorLabel(MongoErrorLabel.HandshakeError) || isConnectError(error.cause))) return 'not-yet-sent'
  if (error instanceof MongoNetworkTimeoutError) return 'unknown-alone'
  if (error instanceof MongoWriteConcernError) return 'unknown'
  if (error instanceof MongoServerError) return typeof error.code === 'number' && saysUnknown(error.code) ? 'unknown' : 'unknown-alone'
  // What is no error of the driver or the server was thrown while the command was made, by one of the values in it.
  return error instanceof MongoError ? 'unknown' : 'unknown-alone'
}
