import { setTimeout as sleep } from 'node:timers/promises'
import type { Violation } from './history.js'
import type { RunRecord } from './record.js'
import type { Memory, ServiceInstance } from './service-instance.js'

const parts = 10
const mostGrowth = 1.2

/** What the instances use together, at each tenth of the time. */
export const watchMemory = async (instances: readonly ServiceInstance[], seconds: number, stop: AbortSignal): Promise<Memory[]> => {
  const used: Memory[] = []
  for (let part = 0; part < parts && !stop.aborted; part++) {
    await sleep(seconds * 1_000 / parts, undefined, { signal: stop }).catch(() => undefined)
    const all = await Promise.all(instances.map((instance) => instance.memory()))
    used.push({ heapUsed: all.reduce((sum, one) => sum + (one?.heapUsed ?? NaN), 0), rss: all.reduce((sum, one) => sum + (one?.rss ?? NaN), 0) })
  }
  return used
}

/** The last tenth may not use more than 20 % over the second: the first still warms up. */
export const memoryFlat = ({ memory }: Pick<RunRecord, 'memory'>): Violation[] => (['heapUsed', 'rss'] as const).flatMap((what): Violation[] => {
  const [, second] = memory
  const last = memory.at(-1)
  if (second === undefined || last === undefined || last[what] <= mostGrowth * second[what]) return []
  return [{ name: 'memory-grows', sentence: `${what} was ${second[what]} bytes at the second tenth, and ${last[what]} at the last` }]
})
