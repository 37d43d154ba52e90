import { setTimeout as sleep } from 'node:timers/promises'
import { drawDisturbance } from './member-links.js'
import type { Fault } from './fault.js'

/** The network between the clients and one instance of the service: delays, closed connections, half answers, no answers. */
export const clientLinks: Fault = {
  lasts: [300, 2_500],
  holds: ['client links'],
  deposes: false,
  inject: async ({ instances }, ms, random) => {
    const disturbance = drawDisturbance(random)
    const instance = instances[random.int(instances.length)]
    instance?.proxy.disturb(disturbance)
    await sleep(ms)
    instance?.proxy.disturb(undefined)
    return `${disturbance.kind}, ${instance?.name ?? ''}`
  }
}
