import { setTimeout as sleep } from 'node:timers/promises'
import { isOfService } from './member-links.js'
import type { Fault } from './fault.js'

/** A slow network between the members: what a majority has acknowledged the secondaries hear of later. */
export const slowReplication: Fault = {
  lasts: [1_000, 2_500],
  holds: ['member links'],
  deposes: false,
  inject: async ({ set }, ms, random) => {
    const delayMs = Math.round(30 + 120 * random.float())
    const primary = await set.nextPrimary()
    primary?.proxy.disturb({ kind: 'delay', ms: delayMs }, (firstBytes) => !isOfService(firstBytes))
    await sleep(ms)
    primary?.proxy.disturb(undefined)
    return `${primary?.name ?? 'there was no primary'}, ${delayMs} ms`
  }
}
