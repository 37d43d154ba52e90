import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A process that runs: one that has ended and waits for its parent (a zombie) is none. */
export interface RunningProcess {
  readonly pid: number
  readonly parentPid: number
  /** Its arguments from the name on, each followed by a space. */
  readonly commandLine: string
}

const fromProc = async (pid: number): Promise<RunningProcess | undefined> => {
  try {
    const [stat, commandLine] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/cmdline`, 'utf8')])
    // The second field, the name, is in parentheses and may itself hold spaces and parentheses (proc_pid_stat(5)).
    const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : { pid, parentPid: Number(parentPid), commandLine: commandLine.replaceAll('\0', ' ') }
  } catch {
    return undefined
  }
}

const listProc = async (): Promise<RunningProcess[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  return (await Promise.all(pids.map(fromProc))).filter((found) => found !== undefined)
}

/** The process table as ps(1) has it, for systems without /proc. */
export const listByPs = async (): Promise<RunningProcess[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,ppid=,stat=,args='], { maxBuffer: 67_108_864 })
  return [...stdout.matchAll(/^ *(\d+) +(\d+) +([^Z\s]\S*) +(.*)$/gm)].map(([, pid, parentPid, , args]) =>
    ({ pid: Number(pid), parentPid: Number(parentPid), commandLine: `${args ?? ''} ` }))
}

/** All processes that run just now, as far as this one may see them. */
export const listProcesses = process.platform === 'linux' ? listProc : listByPs

/** What runs under a process id just now; undefined where nothing does, or only a zombie. */
export const readProcess = async (pid: number): Promise<RunningProcess | undefined> =>
  process.platform === 'linux' ? fromProc(pid) : (await listByPs()).find((found) => found.pid === pid)
