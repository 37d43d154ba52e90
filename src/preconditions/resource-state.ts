/** The state of an id, as far as a precondition can ask about it. */
export type ResourceState =
  /** `updatedAt` is null where no date of the last change is kept: the preconditions with a date are then ignored (RFC 9110 section 13.1.4). */
  | { readonly kind: 'document', readonly version: number, readonly updatedAt: Date | null }
  /** Deleted; `version` is that of the delete itself. */
  | { readonly kind: 'tombstone', readonly version: number, readonly deletedAt: Date }
  /** Never there. */
  | { readonly kind: 'missing' }
