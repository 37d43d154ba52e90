import { cpus } from 'node:os'
import { cpuSeconds } from './cpu-time.js'

const busySeconds = (): number => cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1000

const own = async (pids: readonly number[]): Promise<number> => (await cpuSeconds(pids)).reduce<number>((sum, seconds = NaN) => sum + seconds, 0)

/** Over this share of the CPU time taken by others, numbers are of no use. */
export const mostDisturbed = 0.1

/**
 * Begins to watch how much of the machine is taken by others. `pids` are the run's own processes (their children count with them), none
 * a child of another.
 * @returns a function that gives the share of the CPU time of all cores that others have used since, 0 to 1; NaN where the system doesn't tell
 */
export const watchDisturbance = async (pids: readonly number[]): Promise<() => Promise<number>> => {
  const [began, busyBefore, ownBefore] = [performance.now(), busySeconds(), await own(pids)]
  return async () => {
    const available = (performance.now() - began) / 1000 * cpus().length
    return Math.max(0, (busySeconds() - busyBefore - (await own(pids) - ownBefore)) / available)
  }
}
