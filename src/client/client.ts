import type { ChangeDocument, EditOptions } from './edit.js'
import type { JsonPatchOperation } from './json-patch-operation.js'
import type { MergePatch } from './merge-patch.js'
import type { CreateOptions, NewContent, ReadOptions, ServiceField, WriteOptions } from './options.js'
import type { Query } from './pages.js'
import type { Version } from './version-source.js'

/** One version of a document in its history. */
export interface Revision {
  readonly version: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly by?: string
  readonly kind: string
}

/**
 * A client of one collection. Every method rejects with a `NoclobberError`, or the reason of its signal. Writes of one document are
 * sent one after the other, in the order of the calls.
 */
export interface Client<T extends object, New extends object = NewContent<T>> {
  /** The document as it is stored now. */
  get (id: string, options?: ReadOptions): Promise<T>
  /** Stores a new document. @throws AlreadyExists where `options.id` holds one, DuplicateKey, Invalid */
  create (content: New, options?: CreateOptions): Promise<T>
  /** Replaces a document with one that was read and changed. @throws VersionConflict, PreconditionRequired where no version is known */
  put (id: string, document: New & Partial<Pick<T, ServiceField & keyof T>>, options?: WriteOptions): Promise<T>
  /** Changes a document by a merge patch (RFC 7396), or if it is an array by a JSON Patch (RFC 6902). @throws as `put`, PatchTestFailed */
  patch (id: string, patch: MergePatch<Omit<T, ServiceField>> | readonly JsonPatchOperation[], options?: WriteOptions): Promise<T>
  /** Deletes a document. @throws as `put` */
  delete (id: string, options?: Omit<WriteOptions, 'merge'>): Promise<void>
  /** Makes a transition; the state guards it, and the version too where `options.version` names one. @throws StateConflict */
  transition (id: string, name: string, options?: WriteOptions): Promise<T>
  /** Reads, changes and writes a document, and does it again where others came first, until it is stored. Gives what is stored. */
  edit (id: string, change: ChangeDocument<T>, options?: EditOptions<T>): Promise<T>
  /** The documents, page by page as they are needed. */
  list (query?: Query, options?: ReadOptions): AsyncGenerator<T, void, undefined>
  /** The versions of a document that are kept, the latest first. */
  revisions (id: string, options?: ReadOptions): AsyncGenerator<Revision, void, undefined>
  /** A document as it was at a version. @throws NotFound where it is no longer kept, Gone for the version of a delete */
  revision (id: string, version: number, options?: ReadOptions): Promise<T>
  /** Makes an old version the newest; also of a document that was deleted. @throws as `put` */
  restore (id: string, version: number, options?: WriteOptions): Promise<T>
  /** The latest version of a document that this client has seen. */
  versionOf (id: string): Version | undefined
  /** Forgets what it knows of a document, as when somebody else has changed it: the next `edit` reads it first. */
  forget (id: string): void
}
