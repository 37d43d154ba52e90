import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** What a process has used so far. */
interface Usage { readonly pid: number, readonly parentPid: number, readonly seconds: number }

/** In Linux the times in /proc are in units of 1/100 s on every architecture that Node runs on (USER_HZ). */
const ticksPerSecond = 100

/** Reads a line of /proc/PID/stat (proc_pid_stat(5)): user and system time of the process, and of its children that have ended. */
export const readStat = (stat: string): Usage => {
  const [, parentPid, , , , , , , , , , utime, stime, cutime, cstime] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { pid: Number.parseInt(stat, 10), parentPid: Number(parentPid), seconds: (Number(utime) + Number(stime) + Number(cutime) + Number(cstime)) / ticksPerSecond }
}

/** Seconds of `ps -o cputime`: [[DD-]HH:]MM:SS, with a fraction on some systems. */
export const readCpuTime = (text: string): number => {
  const [days, clock = ''] = text.includes('-') ? text.split('-') : ['0', text]
  return Number(days) * 86_400 + clock.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0)
}

const fromProc = async (): Promise<Usage[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  return stats.filter((stat) => stat !== '').map(readStat)
}

const fromPs = async (): Promise<Usage[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,cputime='])
  return stdout.trim().split('\n').map((line) => {
    const [pid, parentPid, time = ''] = line.trim().split(/\s+/)
    return { pid: Number(pid), parentPid: Number(parentPid), seconds: readCpuTime(time) }
  })
}

const withDescendants = (pid: number, usages: readonly Usage[]): number =>
  usages.reduce((sum, usage) => sum + (usage.pid === pid ? usage.seconds : usage.parentPid === pid ? withDescendants(usage.pid, usages) : 0), 0)

/** CPU seconds that each of these processes and their descendants have used so far; undefined where the system doesn't tell. */
export const cpuSeconds = async (pids: readonly number[]): Promise<(number | undefined)[]> => {
  try {
    const usages = await (process.platform === 'linux' ? fromProc() : fromPs())
    return pids.map((pid) => usages.some((usage) => usage.pid === pid) ? withDescendants(pid, usages) : undefined)
  } catch {
    return pids.map(() => undefined)
  }
}
