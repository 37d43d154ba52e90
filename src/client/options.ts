import type { SenderOptions } from './request.js'
import type { Backoff } from './retry.js'
import type { Version, VersionSource } from './version-source.js'

/** The members of a document that the service sets. */
export type ServiceField = 'id' | 'version' | 'createdAt' | 'updatedAt'

/** The content of a new document: any may be left out that has a default. */
export type NewContent<T> = Partial<Omit<T, ServiceField>>

export interface ClientOptions extends SenderOptions {
  /** URL of the collection, such as `https://example.com/api/articles`; in a browser also `/api/articles`. */
  readonly url: string | URL
  /** Where a document's version stands; `{ field: 'version' }` unless given. */
  readonly version?: VersionSource
  /** The member of a document that is its id; `id` unless given. */
  readonly idField?: string
  /** Members that only the API sets: they are no part of a merge patch, and never clash. `id`, `version`, `createdAt` and `updatedAt` unless given. */
  readonly readOnly?: readonly string[]
  /** Of how many documents the latest version is remembered; 500 unless given. */
  readonly remember?: number
  /** How often `edit` tries on a conflict, and waits before it does. */
  readonly edits?: {
    /** How often a changed document is sent, at most; 50 unless given. */
    readonly attempts?: number
    /** How its waits grow; from 30 ms to 3 s unless given. A conflict is answered at once where the document that was sent may have been out of date. */
    readonly backoff?: Backoff
  }
}

export interface ReadOptions {
  /** Ends waiting. The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a write. Where a write is aborted after it was sent, only the same write with the same `idempotencyKey` tells what became of it. */
export interface WriteOptions extends ReadOptions {
  /**
   * The version that you edited. Unless given, the one in the document that is sent, else the latest that this client has seen.
   * `*` overwrites whatever is there.
   */
  readonly version?: Version | undefined
  /** Lets the service merge with what others changed since that version, where nothing clashes (`Prefer: conflict=merge`). */
  readonly merge?: boolean | undefined
  /** A random one unless given. */
  readonly idempotencyKey?: string | undefined
}

export interface CreateOptions extends ReadOptions {
  /** Creates under this id, if there is nothing yet; else the service chooses one. */
  readonly id?: string | undefined
  readonly idempotencyKey?: string | undefined
}
