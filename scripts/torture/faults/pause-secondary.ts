import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.js'

/** SIGSTOP of a secondary, SIGCONT later: it comes back and lags behind. A majority is there without it. */
export const pauseSecondary: Fault = {
  lasts: [1_000, 3_000],
  holds: ['members'],
  deposes: false,
  inject: async ({ set }, ms, random) => {
    const choice = random.int(2)
    const primary = await set.nextPrimary()
    const secondary = set.members.filter((member) => member !== primary)[choice]
    secondary?.pause()
    await sleep(ms)
    secondary?.resume()
    return secondary?.name ?? ''
  }
}
