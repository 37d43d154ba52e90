import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.js'

/** SIGKILL of all mongods at once, as when the power fails; they are started again. */
export const killAll: Fault = {
  lasts: [100, 1_000],
  holds: ['members'],
  deposes: true,
  inject: async ({ set }, ms) => {
    await Promise.all(set.members.map((member) => member.kill()))
    await sleep(ms)
    await Promise.all(set.members.map((member) => member.start()))
    return 'all members'
  }
}
