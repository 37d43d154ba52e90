import { setTimeout as sleep } from 'node:timers/promises'
import { isOfService } from './member-links.js'
import type { Fault } from './fault.js'

/**
 * The other members can't reach the primary, and elect another; the service still can. What the old one takes meanwhile no
 * majority has, and it is rolled back.
 */
export const partition: Fault = {
  lasts: [2_500, 5_000],
  holds: ['members', 'member links'],
  deposes: true,
  inject: async ({ set }, ms) => {
    const primary = await set.nextPrimary()
    if (primary === undefined) return 'there was no primary'
    primary.proxy.disturb({ kind: 'drop', ms: 0 }, (firstBytes) => !isOfService(firstBytes))
    await sleep(ms)
    primary.proxy.disturb(undefined)
    return primary.name
  }
}
