/** An event of a document, as it came. */
export interface ToldEvent {
  readonly kind: 'event'
  readonly at: number
  readonly document: string
  readonly version: number
  readonly change: 'created' | 'updated' | 'deleted'
  /** JSON Pointers of what changed. */
  readonly changed: readonly string[]
  /** When the change was made, as the event says it. */
  readonly stamp: string
}

/**
 * What came to a subscriber. Times are in ms since the run began.
 * - `opened`: a connection was accepted by an instance, to go on after the last id, or an id that the subscriber has damaged; or from now on.
 * - `resync`: it was told that events may be missing, and read again what it watches.
 */
export type Told =
  | { readonly kind: 'opened', readonly at: number, readonly instance: number, readonly after: 'nothing' | 'last-id' | 'damaged-id' }
  | { readonly kind: 'resync', readonly at: number, readonly reason: string }
  | ToldEvent

/** All that came to a subscriber, in the order in which it came. */
export interface Subscription {
  readonly name: string
  /** The document that it watches; undefined for all. */
  readonly document?: string | undefined
  readonly told: readonly Told[]
}
