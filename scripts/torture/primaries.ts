import { setTimeout as sleep } from 'node:timers/promises'
import type { ReplicaSet } from './replica-set.js'

const everyMs = 250

/** Watches which member is the primary. Each time with one and the same primary comes as from and to, in ms of the run. */
export const watchPrimaries = (set: ReplicaSet, clock: () => number): (() => Promise<(readonly [number, number])[]>) => {
  const spans: [number, number][] = []
  const stop = new AbortController()
  const watch = async (): Promise<void> => {
    let last: string | undefined
    while (!stop.signal.aborted) {
      const name = (await set.primary())?.name
      const span = spans.at(-1)
      if (name !== undefined && name === last && span !== undefined) span[1] = clock()
      else if (name !== undefined) spans.push([clock(), clock()])
      last = name
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const watched = watch()
  return async () => {
    stop.abort()
    await watched
    return spans
  }
}
