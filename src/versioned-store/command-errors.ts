import { MongoError, MongoNetworkTimeoutError, MongoServerError, MongoServerSelectionError, MongoTopologyClosedError, MongoNotConnectedError, MongoWriteConcernError } from 'mongodb'

/**
 * What the failure of a whole command says of what was in it.
 * - `never-sent`: it never left the process: nothing of it was done, nor will be.
 * - `unknown`: anything of it may have been done.
 * - `unknown-alone`: the same, and the next command should not be the same again: it may be what is in it that hangs or fails.
 */
export type CommandFailure = 'never-sent' | 'unknown' | 'unknown-alone'

/** Codes by which a server says that it is not, or no longer, the primary, that it stops, or that the operation was interrupted. */
const interrupted = new Set([6, 7, 24, 46, 50, 64, 89, 91, 112, 133, 134, 189, 202, 262, 279, 290, 317, 358, 384, 9001, 10058, 10107, 11600, 11601, 11602, 13435, 13436])

/** Whether a server's code (of a command or of one statement) says nothing sure about what was done. */
export const saysUnknown = (code: number): boolean => interrupted.has(code)

/**
 * Codes of a statement's own fault: it can never be done. 10334: the document is over 16 MB; 15: nested too deep; 52, 66: a
 * field name or `_id` that MongoDB doesn't take; 17280, 17420: an index key or document too large.
 */
export const ownFaults = new Set([15, 52, 66, 10334, 17280, 17419, 17420])

/** Reads what the driver threw for a whole command. What the label `RetryableWriteError` says isn't looked at: it is not reliable. */
export const commandFailure = (error: unknown): CommandFailure => {
  if (error instanceof MongoServerSelectionError || error instanceof MongoTopologyClosedError || error instanceof MongoNotConnectedError) return 'never-sent'
  if (error instanceof Error && error.name === 'MongoWaitQueueTimeoutError') return 'never-sent'
  if (error instanceof MongoNetworkTimeoutError) return 'unknown-alone'
  if (error instanceof MongoWriteConcernError) return 'unknown'
  if (error instanceof MongoServerError) return typeof error.code === 'number' && saysUnknown(error.code) ? 'unknown' : 'unknown-alone'
  // What is no error of the driver or the server was thrown while the command was made, by one of the values in it.
  return error instanceof MongoError ? 'unknown' : 'unknown-alone'
}
