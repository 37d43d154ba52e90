import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoadError } from './load-error.js'

/** A server that runs as a process of its own. */
export interface ServerProcess {
  /** `http://HOST:PORT`. */
  readonly origin: string
  /** Of the process. */
  readonly pid: number
  /** Ends it: SIGTERM, and after 10 s SIGKILL. */
  readonly stop: () => Promise<void>
}

/** How long a server may take to say that it listens, and to end, in milliseconds. */
const startWithinMs = 60_000
const endWithinMs = 10_000

/**
 * Runs `node <args>`, or another `command`, with `env` beside this process's own environment, and waits for the line of its stdout that holds
 * `listening on http://HOST:PORT`. It is in a process group of its own, so that Ctrl-C ends the run first.
 * Throws LoadError with the server's last words where it ends before that line.
 */
export const startServer = async (name: string, args: readonly string[], env: Readonly<Record<string, string>>, command = process.execPath): Promise<ServerProcess> => {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const { pid } = child
  if (pid === undefined) throw new LoadError(`the ${name} server could not be started: ${command} does not run`)
  const ended = once(child, 'exit')
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { words = (words + text).slice(-2000) })
  const listening = new Promise<string>((resolve) => {
    const lines = createInterface({ input: child.stdout }).on('line', (line) => {
      const origin = /listening on (http:\/\/\S+:\d+)/.exec(line)?.[1]
      if (origin === undefined) return
      resolve(origin)
      // What it logs from now on is nobody's, but must go somewhere.
      lines.close()
      child.stdout.resume()
    })
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const late = new AbortController()
    await Promise.race([ended, sleep(endWithinMs, undefined, { signal: late.signal }).then(kill, () => undefined)])
    late.abort()
    await ended
    process.off('exit', kill)
  }
  const waited = new AbortController()
  const origin = await Promise.race([listening, ended.then(() => undefined), sleep(startWithinMs, undefined, { signal: waited.signal }).catch(() => undefined)])
  waited.abort()
  if (origin === undefined) {
    await stop()
    throw new LoadError(`the ${name} server did not start: ${words.trim().split('\n').at(-1) ?? ''}`)
  }
  return { origin, pid, stop }
}
