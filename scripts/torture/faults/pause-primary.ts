import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.js'

/** SIGSTOP of the primary, SIGCONT after long enough for another to be elected: it comes back and thinks that it leads. */
export const pausePrimary: Fault = {
  lasts: [2_500, 6_000],
  holds: ['members'],
  deposes: true,
  inject: async ({ set }, ms) => {
    const primary = await set.nextPrimary()
    if (primary === undefined) return 'there was no primary'
    primary.pause()
    await sleep(ms)
    primary.resume()
    return primary.name
  }
}
