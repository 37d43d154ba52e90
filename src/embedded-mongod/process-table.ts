import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A process that runs: one that has ended and waits for its parent (a zombie) is none. */
export interface RunningProcess {
  readonly parentPid: number
  /** Its arguments from the name on, each followed by a space. */
  readonly commandLine: string
}

const fromProc = async (pid: number): Promise<RunningProcess | undefined> => {
  const [stat, commandLine] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/cmdline`, 'utf8')])
  // The second field, the name, is in parentheses and may itself hold spaces and parentheses (proc_pid_stat(5)).
  const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  return { parentPid: Number(parentPid), commandLine: commandLine.replaceAll('\0', ' ') }
}

const fromPs = async (pid: number): Promise<RunningProcess | undefined> => {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'stat=,ppid=,args=', '-p', String(pid)])
  const [, state, parentPid, commandLine] = /^\s*(\S+)\s+(\d+)\s+(.*)$/m.exec(stdout) ?? []
  if (state === undefined || state.startsWith('Z')) return undefined
  return { parentPid: Number(parentPid), commandLine: `${commandLine ?? ''} ` }
}

/** What runs under a process id just now; undefined where nothing does, or only a zombie. */
export const readProcess = async (pid: number): Promise<RunningProcess | undefined> => {
  try {
    return await (process.platform === 'linux' ? fromProc(pid) : fromPs(pid))
  } catch {
    return undefined
  }
}
