import { setTimeout as sleep } from 'node:timers/promises'
import { randomStream, type Random } from '../load/random.js'
import type { Arena } from './faults/fault.js'
import { faults, type FaultName } from './faults/index.js'
import type { Injection } from './history.js'

/** A fault that is due `at` so many ms after the beginning. */
export interface PlannedFault {
  readonly fault: FaultName
  readonly at: number
  readonly ms: number
  /** Which stream of random numbers it draws from. */
  readonly stream: number
}

/** The run begins, and ends, with so many ms without a fault. */
const calmMs = 2_000
const shareOfMixed = 0.3
/** No fault is begun where less than so many ms are left. */
const shortestMs = 1_500
const planStream = 1_000_000

const shuffled = (names: readonly FaultName[], random: Random): FaultName[] => {
  const left = [...names]
  return names.flatMap(() => left.splice(random.int(left.length), 1))
}

/**
 * The faults of a run, which the seed determines: each kind once in every round, one after the other with some calm between,
 * and with some of them another that takes hold of something else.
 */
export const planFaults = (seed: number, seconds: number, names: readonly FaultName[]): PlannedFault[] => {
  const random = randomStream(seed, planStream)
  const planned: PlannedFault[] = []
  const lastMs = seconds * 1_000 - calmMs
  const draw = (fault: FaultName, at: number): PlannedFault => {
    const [least, most] = faults[fault].lasts
    return { fault, at, ms: Math.round(least + (most - least) * random.float()), stream: planned.length }
  }
  let at = calmMs
  while (names.length > 0 && at + shortestMs < lastMs) {
    for (const name of shuffled(names, random)) {
      const fault = draw(name, Math.round(at))
      const isMixed = random.float() < shareOfMixed
      const others = names.filter((other) => !faults[other].holds.some((hold) => faults[name].holds.some((held) => held === hold)))
      const other = others[random.int(Math.max(1, others.length))]
      const lateness = random.float()
      const calm = 500 + 1_000 * random.float()
      if (fault.at + fault.ms > lastMs) continue
      planned.push(fault)
      let end = fault.at + fault.ms
      if (isMixed && other !== undefined) {
        const mixed = draw(other, Math.round(fault.at + lateness * fault.ms))
        planned.push(mixed)
        end = Math.max(end, mixed.at + mixed.ms)
      }
      at = end + calm
    }
  }
  return planned
}

/**
 * Injects what was planned, each at its time or when the one before of the same hold is over. `clock` is the time of the run in
 * ms. Resolves when all are undone.
 */
export const injectFaults = async (planned: readonly PlannedFault[], arena: Arena, seed: number, clock: () => number, stop: AbortSignal): Promise<Injection[]> => {
  const injected: Injection[] = []
  const free = new Map<string, Promise<unknown>>()
  await Promise.all(planned.map(async ({ fault: name, at, ms, stream }) => {
    const fault = faults[name]
    const before = fault.holds.flatMap((hold) => free.get(hold) ?? [])
    const done = (async () => {
      await Promise.all(before)
      await sleep(Math.max(0, at - clock()), undefined, { signal: stop }).catch(() => undefined)
      if (stop.aborted) return
      const start = clock()
      const detail = await fault.inject(arena, ms, randomStream(seed, planStream + 1 + stream))
      injected.push({ fault: name, start, end: clock(), detail })
    })()
    for (const hold of fault.holds) free.set(hold, done)
    await done
  }))
  return injected.sort((a, b) => a.start - b.start)
}
