import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.js'

const stepDownSeconds = 5

/** `replSetStepDown`: the primary hands over, in the middle of commands. */
export const stepDown: Fault = {
  lasts: [200, 500],
  holds: ['elections'],
  deposes: true,
  inject: async ({ set }, ms) => {
    const primary = await set.nextPrimary()
    if (primary === undefined) return 'there was no primary'
    const answer = await primary.admin.command({ replSetStepDown: stepDownSeconds, secondaryCatchUpPeriodSecs: 1, force: true }).then(() => 'stepped down', (error: unknown) => String(error))
    await sleep(ms)
    return `${primary.name}: ${answer}`
  }
}
