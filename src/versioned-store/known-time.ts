import type { Timestamp } from 'mongodb'

/** The later of two times on the clock of the database. */
export const later = (a: Timestamp | undefined, b: Timestamp | undefined): Timestamp | undefined => a === undefined || (b !== undefined && b.greaterThan(a)) ? b : a

/**
 * The latest time, on the clock of the database, up to which it has told this process what a majority has. A read at or after it
 * (`afterClusterTime`, https://www.mongodb.com/docs/manual/core/read-isolation-consistency-recency/) shows no less than what this process
 * was told before, whichever member answers it: a new primary may not know at first how far the majority had come. It costs nothing where
 * the member knows.
 */
export class KnownTime {
  #latest: Timestamp | undefined

  get latest (): Timestamp | undefined {
    return this.#latest
  }

  /** An answer with this `operationTime` has come: to a majority read, or to a write that a majority has. */
  note (operationTime: Timestamp | undefined): void {
    this.#latest = later(this.#latest, operationTime)
  }
}
