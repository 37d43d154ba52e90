import type { ChangeReader, Streamed } from './change-stream.js'
import type { Position } from './event-id.js'
import type { Subscriber } from './subscriber.js'

export interface CatchUp {
  /** Opens a change stream after a position. */
  readonly open: (after: Position) => ChangeReader
  /** Up to where changes have been handed out to all. */
  readonly handedOut: () => Position
  readonly tell: (subscriber: Subscriber, streamed: Streamed) => Promise<void>
  /** The subscriber has what came up to this position. */
  readonly join: (subscriber: Subscriber, position: Position) => void
}

/**
 * Tells a subscriber what came after a position, from a change stream of its own, until it has as much as all others: it then joins
 * them in the same turn of the event loop, so that there is no gap and nothing twice. Throws what the driver throws.
 */
export const catchUp = async (subscriber: Subscriber, from: Position, { open, handedOut, tell, join }: CatchUp): Promise<void> => {
  subscriber.after = from
  if (from >= handedOut()) {
    join(subscriber, from)
    return
  }
  const reader = open(from)
  try {
    while (!subscriber.ended) {
      const streamed = await reader.next()
      if (streamed !== undefined && subscriber.wants(streamed)) await tell(subscriber, streamed)
      subscriber.after = reader.position ?? from
      if (subscriber.after >= handedOut()) {
        join(subscriber, subscriber.after)
        return
      }
      await subscriber.drained()
    }
  } finally {
    void reader.close().catch(() => undefined)
  }
}
