import { MongoNetworkTimeoutError, type Db, type Document } from 'mongodb'

/** Longer than all that the driver waits for by itself, one after the other (see `openDatabase`). */
const mostMs = 6_000

/**
 * Sends a command; rejects as the driver does, or with a `MongoNetworkTimeoutError` after 6 s. The driver bounds each wait but one: while a large
 * command leaves, a connection that is closed, by its own `socketTimeoutMS` too, leaves it waiting for ever, and its connection taken.
 */
export const sendCommand = async (db: Db, command: Document): Promise<Document> => {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new MongoNetworkTimeoutError(`a command had no answer for ${mostMs} ms`)), mostMs)
  try {
    return await db.command(command, { signal: late.signal })
  } finally {
    clearTimeout(timer)
  }
}
