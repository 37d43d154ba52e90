/** How long something is remembered of an id. */
export interface Lifetime {
  /** In ms. */
  readonly ms: number
  readonly now: () => Date
}

const msPerDay = 86_400_000

/**
 * How long what is known of an id may be remembered where tombstones expire after so many `days`; undefined, for ever, where they
 * don't. When its tombstone has gone an id begins again at version 1, and a version that is remembered would name another content
 * than the one that is stored by then. Half of the time leaves room for clocks that differ.
 */
export const lifetimeOf = (days: number, now: () => Date): Lifetime | undefined => days > 0 ? { ms: days * msPerDay / 2, now } : undefined

/** The same as options of a cache. */
export const ageing = (lifetime: Lifetime | undefined) =>
  lifetime && { ttl: lifetime.ms, perf: { now: () => lifetime.now().getTime() } }
