/** A stored document of content `C`, as one version of it was. What `(id, version)` contained never changes. */
export interface VersionedDocument<C> {
  readonly id: string
  /** 1 when created, +1 at each change; a safe integer that never goes back for an id. */
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly content: C
}

/** What a delete leaves behind: it keeps the version counter of an id. */
export interface Tombstone {
  readonly id: string
  /** The version of the delete itself: one more than that of the document it deleted. */
  readonly version: number
  readonly deletedAt: Date
}

/** The state of an id. */
export type Current<C> =
  | { readonly kind: 'document', readonly document: VersionedDocument<C> }
  | { readonly kind: 'tombstone', readonly tombstone: Tombstone }
  | { readonly kind: 'missing' }
