import type { Failure, Outcome } from './errors.js'

/** How waits between attempts grow. */
export interface Backoff {
  /** The longest first wait, in ms. Each wait may be twice as long as the one before. */
  readonly baseMs: number
  /** The longest wait, in ms. */
  readonly maxMs: number
}

/** Wait number `wait` (from 1), in ms: anything up to its limit, so that those who failed together don't come back together. */
export const backoffMs = (wait: number, { baseMs, maxMs }: Backoff, random: () => number): number =>
  random() * Math.min(maxMs, baseMs * 2 ** (wait - 1))

/** Over so many round trips, and no more, those who edit one document spread: with each more of them would write at once than can. */
const mostDoublings = 5

/**
 * As `backoffMs`, in units of what an attempt took if that is more: whoever waits longer than others need to write starves, and
 * whoever waits shorter meets them again.
 */
export const conflictBackoffMs = (wait: number, tookMs: number, { baseMs, maxMs }: Backoff, random: () => number): number =>
  backoffMs(Math.min(wait, mostDoublings + 1), { baseMs: Math.max(baseMs, tookMs), maxMs }, random)

/** The wait that Retry-After asks for (RFC 9110 section 10.2.3: seconds, or a date), in ms; undefined where it can't be read. */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

type Failed = Pick<Failure, 'status' | 'body'>

const transient = [undefined, 500, 502, 503, 504]
const refusedUnread = [408, 429]

const stillRuns = ({ body }: Failed): boolean => body.type?.endsWith('/request-in-progress') === true

/**
 * Whether a request may be sent again after it failed so. `repeatable`: it can't be done twice, since it is a read or has a key
 * that the API honours. Others are sent again only after a reply which says that nothing was done.
 */
export const mayRepeat = (failed: Failed, repeatable: boolean): boolean => {
  const { status, body } = failed
  if (status !== undefined && status < 500) return refusedUnread.includes(status) || body.retryable === true
  return transient.includes(status) && (repeatable || outcomeOfAttempt(failed) === 'not-applied')
}

/** What one failed attempt says of the write that it carried. */
export const outcomeOfAttempt = (failed: Failed): Outcome => {
  const { status, body } = failed
  return stillRuns(failed) || status === undefined || (status >= 500 && body.outcome !== 'not-applied') ? 'unknown' : 'not-applied'
}

/**
 * What the last failed attempt says of the write. After one whose outcome is unknown only a reply that judged the write itself
 * settles it, not one that the API gives before it looks.
 */
export const outcomeOfLast = (failed: Failed, maybeDone: boolean): Outcome => {
  const { status = 0 } = failed
  const judged = status >= 400 && status < 500 && ![401, 403, ...refusedUnread].includes(status)
  return maybeDone && !judged ? 'unknown' : outcomeOfAttempt(failed)
}
