import type { Version } from './version-source.js'

/** What the client knows of a document from the latest reply with it. */
export interface Remembered {
  readonly version: Version
  /** The document as JSON; undefined where the reply had only its version. */
  readonly text: string | undefined
}

/**
 * The versions of the documents that came last. A reply to a read that was sent before a write of the same document had ended
 * doesn't count: it may be from before the write.
 */
export class RememberedVersions {
  readonly #limit: number
  readonly #entries = new Map<string, Remembered & { readonly writtenAt: number }>()
  #writes = 0

  /** @param limit how many documents; those that came first go first */
  constructor (limit: number) {
    this.#limit = limit
  }

  get (id: string): Remembered | undefined {
    return this.#entries.get(id)
  }

  /** To be called before a read is sent; what it gives keeps what the read brought. */
  reading (): (id: string, version: Version | undefined, text: string | undefined) => void {
    const writesBefore = this.#writes
    return (id, version, text) => {
      const { writtenAt = 0 } = this.#entries.get(id) ?? {}
      if (writtenAt <= writesBefore) this.#set(id, version, text, writtenAt)
    }
  }

  /** Keeps what the reply to a write brought. */
  wrote (id: string, version: Version | undefined, text: string | undefined): void {
    this.#set(id, version, text, ++this.#writes)
  }

  #set (id: string, version: Version | undefined, text: string | undefined, writtenAt: number): void {
    this.#entries.delete(id)
    if (version === undefined) return
    this.#entries.set(id, { version, text, writtenAt })
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) break
      this.#entries.delete(oldest)
    }
  }
}
