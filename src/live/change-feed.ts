import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { isHistoryLost, type ChangeReader, type Streamed } from './change-stream.js'
import type { Position } from './event-id.js'

export interface ChangeFeedOptions {
  /** Connects to the database, unless it is connected. It is tried again as the stream is: a driver that could not connect at first never does by itself. */
  readonly connect: () => Promise<unknown>
  /** Opens a change stream after a position, or from now on. */
  readonly open: (after: Position | undefined, onOpen: (position: Position) => void) => ChangeReader
  /** Finds out what has to be known of a change, one after the other; the function that it gives hands the change out. */
  readonly prepare: (streamed: Streamed) => Promise<() => void> | (() => void)
  /** To be told that changes were missed. What came since is at `position`. */
  readonly onLost: (position: Position) => void
  /** To be told why the stream has broken; it is opened again. */
  readonly onError: (error: unknown) => void
}

/** The changes of a database as they come, from one change stream that is opened again whenever it breaks. */
export interface ChangeFeed {
  /** Up to where changes were given out; undefined before it is open. */
  readonly position: Position | undefined
  /** When it was so, in ms of `performance.now()`, that what has been given out was all there is. */
  readonly currentAt: number
  /** Opens the stream, unless it is. Resolves with the position when it is open. */
  start(): Promise<Position>
  /** Ends the stream. The next `start` begins from then on. */
  stop(): Promise<void>
}

/** How long ago a change was made, in ms, by the clock of who made it; nothing where there is none. */
const ageOf = (streamed: Streamed | undefined): number => Math.max(0, Date.now() - (streamed?.change?.at.getTime() ?? Date.now()))
const isAborted = (signal: AbortSignal): boolean => signal.aborted
/** After so many changes the event loop has its turn: what was sent for them can then leave, and isn't taken for what nobody reads. */
const changesPerTurn = 32
const firstPauseMs = 50
const longestPauseMs = 2_000

export const createChangeFeed = ({ connect, open, prepare, onLost, onError }: ChangeFeedOptions): ChangeFeed => {
  let position: Position | undefined
  let currentAt = 0
  let running: { readonly opened: Promise<Position>, readonly ended: Promise<void>, readonly stopping: AbortController } | undefined

  /** Reads one stream until it breaks, and throws why. */
  const follow = async (signal: AbortSignal, from: Position | undefined, opened: (position: Position) => void): Promise<void> => {
    let isOpen = false
    let changes = 0
    const begin = (at: Position): void => {
      if (isOpen || isAborted(signal)) return
      isOpen = true
      position = at
      opened(at)
    }
    await connect()
    if (isAborted(signal)) return
    const reader = open(from, begin)
    const close = (): void => void reader.close().catch(() => undefined)
    signal.addEventListener('abort', close)
    try {
      while (!isAborted(signal)) {
        const streamed = await reader.next()
        if (isAborted(signal)) return
        currentAt = performance.now() - ageOf(streamed)
        const handOut = streamed && await prepare(streamed)
        if (isAborted(signal)) return
        // In one turn of the event loop: whoever comes in before or after it knows what was handed out.
        position = reader.position
        handOut?.()
        if (position !== undefined) begin(position)
        if (streamed !== undefined && ++changes % changesPerTurn === 0) await nextTurn()
      }
    } finally {
      signal.removeEventListener('abort', close)
      close()
    }
  }

  const run = async (signal: AbortSignal, opened: (position: Position) => void): Promise<void> => {
    let from: Position | undefined
    let lost = false
    let pauseMs = firstPauseMs
    while (!isAborted(signal)) {
      try {
        await follow(signal, from, (at) => {
          pauseMs = firstPauseMs
          if (lost) onLost(at)
          lost = false
          opened(at)
        })
      } catch (error) {
        if (isAborted(signal)) return
        onError(error)
        lost ||= position !== undefined && isHistoryLost(error)
      }
      from = lost ? undefined : position
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
      pauseMs = Math.min(2 * pauseMs, longestPauseMs)
    }
  }

  return {
    get position () { return position },
    get currentAt () { return currentAt },
    start: () => {
      if (running === undefined) {
        const stopping = new AbortController()
        let ended: Promise<void> = Promise.resolve()
        const opened = new Promise<Position>((resolve) => { ended = run(stopping.signal, resolve) })
        running = { opened, ended, stopping }
      }
      return running.opened
    },
    stop: async () => {
      const stopped = running
      running = undefined
      position = undefined
      stopped?.stopping.abort()
      await stopped?.ended
    }
  }
}
