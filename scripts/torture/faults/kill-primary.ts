import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.js'

/** SIGKILL of the primary, which is started again later: another one is elected meanwhile. */
export const killPrimary: Fault = {
  lasts: [500, 2_500],
  holds: ['members'],
  deposes: true,
  inject: async ({ set }, ms) => {
    const primary = await set.nextPrimary()
    if (primary === undefined) return 'there was no primary'
    await primary.kill()
    await sleep(ms)
    await primary.start()
    return primary.name
  }
}
