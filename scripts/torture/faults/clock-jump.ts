import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.js'

const farthestMs = 50 * 60_000

/** The clock of an instance jumps, by up to 50 minutes ahead or back, and later back to where it belongs. */
export const clockJump: Fault = {
  lasts: [500, 3_000],
  holds: ['clocks'],
  deposes: false,
  inject: async ({ instances }, ms, random) => {
    const instance = instances[random.int(instances.length)]
    const offsetMs = Math.round((2 * random.float() - 1) * farthestMs)
    instance?.setClock(offsetMs)
    await sleep(ms)
    instance?.setClock(0)
    return `${instance?.name ?? ''} by ${Math.round(offsetMs / 1_000)} s`
  }
}
