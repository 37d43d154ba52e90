import { LRUCache } from 'lru-cache'
import { bsonSizeAtMost } from './bson-size.js'
import { keptVersionOf, type KeptVersion } from './history.js'
import { ageing, type Lifetime } from './lifetime.js'
import { versionOf, type Stored } from './stored-form.js'
import type { VersionedDocument } from './versioned.js'

/** In bytes: what a document has in BSON, and about as much again for the JSON that was made of it. */
const sizeOf = (document: VersionedDocument<unknown>): number => 256 + 2 * bsonSizeAtMost(document)

/** A version of a document that is kept, and how it came about. */
interface KeptDocument<C> extends KeptVersion<C> {
  readonly state: { readonly kind: 'document', readonly document: VersionedDocument<C> }
}

const keptDocument = <C>(stored: Stored<C> | undefined): KeptDocument<C> | undefined =>
  stored?.current.kind === 'document' ? { ...keptVersionOf(stored), state: stored.current } : undefined

export interface KeptContentOptions {
  /** Whether earlier versions are kept too, within as many bytes again. */
  readonly earlier?: boolean
  /** How long content is kept; for ever, within its bytes, unless given. */
  readonly lifetime?: Lifetime | undefined
}

/**
 * What the last known version of a document contained, and some earlier ones. It may be behind the database, and never decides
 * anything: a version that was kept is a base for a write that is conditional on it, and proof that older versions are stale.
 */
export class KeptContent<C> {
  readonly #latest: LRUCache<string, Stored<C>> | undefined
  readonly #versions: LRUCache<string, KeptDocument<C>> | undefined

  /** `maxBytes`: the bound of all content that is kept, in bytes; 0 keeps nothing. */
  constructor (maxBytes: number, { earlier = false, lifetime }: KeptContentOptions = {}) {
    if (maxBytes === 0) return
    this.#latest = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ current }) => current.kind === 'document' ? sizeOf(current.document) : 256, ...ageing(lifetime) })
    if (earlier) this.#versions = new LRUCache<string, KeptDocument<C>>({ maxSize: maxBytes, sizeCalculation: ({ state }) => sizeOf(state.document), ...ageing(lifetime) })
  }

  /** The last known state of an id. */
  get (id: string): Stored<C> | undefined {
    return this.#latest?.get(id)
  }

  /** A version of a document, and how it came about, if it is still kept. */
  at (id: string, version: number): KeptDocument<C> | undefined {
    const latest = this.#latest?.peek(id)
    return latest !== undefined && versionOf(latest.current) === version ? keptDocument(latest) : this.#versions?.get(`${id} ${version}`)
  }

  /** Keeps a state that a majority has, as an earlier one where a later one is kept. */
  keep (id: string, stored: Stored<C>): void {
    const kept = this.#latest?.peek(id)
    const isEarlier = kept !== undefined && versionOf(kept.current) >= versionOf(stored.current)
    const { erasedThrough = 0 } = isEarlier ? kept : stored
    if (erasedThrough > (kept?.erasedThrough ?? 0)) this.#forget(id, erasedThrough)
    const earlier = this.#versions && keptDocument(isEarlier ? stored : kept)
    if (earlier !== undefined && earlier.state.document.version > erasedThrough) this.#versions?.set(`${id} ${earlier.state.document.version}`, earlier)
    if (!isEarlier) this.#latest?.set(id, stored)
  }

  /** Drops the versions of an id up to one, which were erased. */
  #forget (id: string, through: number): void {
    for (const [key, { state }] of this.#versions?.entries() ?? []) if (state.document.id === id && state.document.version <= through) this.#versions?.delete(key)
  }

  /** Takes what the database has just said of an id, whatever was kept: after a restored backup, say, a version may be lower. */
  replace (id: string, stored: Stored<C> | undefined): void {
    if (stored === undefined) this.#latest?.delete(id)
    else if (versionOf(stored.current) > versionOf(this.#latest?.peek(id)?.current ?? { kind: 'missing' })) this.keep(id, stored)
    else this.#latest?.set(id, stored)
  }
}
