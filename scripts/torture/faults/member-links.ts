import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../load/random.js'
import type { Disturbance } from '../tcp-proxy.js'
import type { Fault } from './fault.js'

/** Whether a connection to a mongod is the service's: its driver says who it is in the first message. */
export const isOfService = (firstBytes: string): boolean => firstBytes.includes('noclobber')

/** How a link fails, drawn. */
export const drawDisturbance = (random: Random): Disturbance => {
  const [kind, amount] = [random.int(4), random.float()]
  if (kind === 0) return { kind: 'delay', ms: Math.round(20 + 400 * amount) }
  if (kind === 1) return { kind: 'drop', ms: Math.round(50 * amount) }
  if (kind === 2) return { kind: 'cut', oneIn: 2 + Math.floor(20 * amount) }
  return { kind: 'silence' }
}

/** The network between the service and one mongod, or all: delays, closed connections, half answers, no answers. */
export const memberLinks: Fault = {
  lasts: [400, 4_500],
  holds: ['member links'],
  deposes: false,
  inject: async ({ set }, ms, random) => {
    const disturbance = drawDisturbance(random)
    const all = random.int(3) === 0
    const primary = await set.nextPrimary()
    const members = all || primary === undefined ? set.members : [primary]
    for (const { proxy } of members) proxy.disturb(disturbance, isOfService)
    await sleep(ms)
    for (const { proxy } of members) proxy.disturb(undefined)
    return `${disturbance.kind}, ${members.map(({ name }) => name).join(' and ')}`
  }
}
