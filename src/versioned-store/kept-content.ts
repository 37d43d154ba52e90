import { BSON } from 'mongodb'
import { LRUCache } from 'lru-cache'
import { versionOf, type Stored } from './stored-form.js'

/**
 * What the last known version of a document contained. It may be behind the database, and never decides anything: a version
 * that was kept is a base for a write that is conditional on it, and proof that older versions are stale.
 */
export class KeptContent<C> {
  readonly #kept: LRUCache<string, Stored<C>> | undefined

  /** `maxBytes`: the bound of all content that is kept, in bytes of BSON; 0 keeps nothing. */
  constructor (maxBytes: number) {
    if (maxBytes > 0) this.#kept = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ current }) => 256 + (current.kind === 'document' ? BSON.calculateObjectSize(current.document) : 0) })
  }

  get (id: string): Stored<C> | undefined {
    return this.#kept?.get(id)
  }

  /** Keeps a state that a majority has, unless a later one is kept. */
  keep (id: string, stored: Stored<C>): void {
    const kept = this.#kept?.peek(id)
    if (kept === undefined || versionOf(kept.current) < versionOf(stored.current)) this.#kept?.set(id, stored)
  }

  /** Takes what the database has just said of an id, whatever was kept: after a restored backup, say, a version may be lower. */
  replace (id: string, stored: Stored<C> | undefined): void {
    if (stored === undefined) this.#kept?.delete(id)
    else this.#kept?.set(id, stored)
  }
}
