import { spawn } from 'node:child_process'

// It reads a pipe whose other end only this process holds, so that the system itself closes it when this process ends,
// however that comes about. Before each signal it looks whether the id is still that mongod, not another that got the id.
const script = `
pid=$1
that_mongod() {
  case "$(tr '\\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" || ps -ww -o args= -p "$pid")" in *"--dbpath $2 "*) ;; *) return 1 ;; esac
}
cat >/dev/null
that_mongod "$@" && kill -INT "$pid"
seconds=0
while that_mongod "$@" && [ "$seconds" -lt 10 ]; do sleep 1; seconds=$((seconds + 1)); done
that_mongod "$@" && kill -KILL "$pid"
`

/**
 * Ends a mongod when this process ends, also by SIGKILL: SIGINT at once, SIGKILL 10 s later. It is a small shell of its
 * own process group, which Ctrl-C doesn't reach.
 * @returns a function that dismisses it, to call when the mongod has ended
 */
export const watchMongod = (pid: number, directory: string): (() => void) => {
  const shell = spawn('/bin/sh', ['-c', script, 'noclobber-watchdog', String(pid), directory], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  // Without a watchdog the next start still finds and ends a mongod that was left behind.
  shell.on('error', () => undefined)
  shell.stdin.on('error', () => undefined)
  shell.unref()
  return () => {
    if (shell.pid !== undefined && shell.exitCode === null && shell.signalCode === null) process.kill(-shell.pid, 'SIGKILL')
  }
}
