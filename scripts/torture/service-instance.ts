import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../src/embedded-mongod/free-port.js'
import { skewedClock } from './skewed-clock.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'

export interface InstanceOptions {
  readonly name: string
  /** The JavaScript file that is the service. */
  readonly server: string
  readonly env: Readonly<Record<string, string>>
  /** Told with its last words when it ends without having been told to. */
  readonly died: (words: string) => void
  /** A file of its own, by which its clock is set. */
  readonly clockFile: string
}

/** One process of the service, on the same port for its whole life, and the proxy through which the clients reach it. */
export interface ServiceInstance {
  readonly name: string
  readonly proxy: TcpProxy
  /** The URL of the service itself, past the proxy. */
  readonly origin: string
  /** URL of the proxy. */
  readonly url: string
  pid(): number | undefined
  start(): Promise<void>
  kill(): Promise<void>
  /** Sends SIGTERM; resolves with the exit code when it has ended. */
  terminate(): Promise<number | null>
  /** What `Date` says in it from now on, against the clock of the machine, in ms. */
  setClock(offsetMs: number): void
  /** What memory it uses, in bytes, after it was collected; undefined where it doesn't say. */
  memory(): Promise<Memory | undefined>
}

/** In bytes. */
export interface Memory {
  readonly heapUsed: number
  readonly rss: number
}

const memoryWithinMs = 5_000
const startWithinMs = 60_000
const restartAfterMs = 200

/** Starts the service as a process of its own. It ends with this process. */
export const startInstance = async ({ name, server, env, clockFile, died }: InstanceOptions): Promise<ServiceInstance> => {
  const port = await freePort()
  const proxy = await startTcpProxy(port)
  let child: ChildProcess | undefined
  process.once('exit', () => child?.kill('SIGKILL'))
  const setClock = (offsetMs: number): void => {
    writeFileSync(clockFile, String(offsetMs))
    child?.kill('SIGWINCH')
  }
  const memory = async (): Promise<Memory | undefined> => {
    const file = `${clockFile}.memory`
    rmSync(file, { force: true })
    setClock(0)
    for (const end = performance.now() + memoryWithinMs; performance.now() < end;) {
      await sleep(50)
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as Memory
      } catch {
        // It is not written yet, or not whole.
      }
    }
    return undefined
  }
  /** Whether it came to listen; false where it was killed meanwhile. Rejects with its last words where it ended by itself. */
  const launch = async (): Promise<boolean> => {
    writeFileSync(clockFile, '0')
    const started = spawn(process.execPath, ['--expose-gc', '--import', skewedClock, server], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), NODE_ENV: 'production', LOG_LEVEL: 'error', TORTURE_CLOCK: clockFile, ...env }
    })
    child = started
    let words = ''
    started.stderr.setEncoding('utf8').on('data', (text: string) => { words = (words + text).slice(-2_000) })
    const exited = once(started, 'exit')
    const listening = new Promise<'listening'>((resolve) => {
      createInterface({ input: started.stdout }).on('line', (line) => { if (line.includes('listening on http://')) resolve('listening') })
    })
    if (await Promise.race([listening, exited]) === 'listening') {
      void exited.then(() => {
        if (child === started) died(`${name} ended by itself (${started.signalCode ?? `exit code ${String(started.exitCode)}`}): ${words.trim()}`)
      })
      return true
    }
    if (child !== started) return false
    throw new Error(`${name} did not start: ${words.trim()}`)
  }
  /** A service that finds no primary gives up, and whoever runs it starts it again. */
  const start = async (): Promise<void> => {
    const deadline = performance.now() + startWithinMs
    for (;;) {
      try {
        await launch()
        return
      } catch (error) {
        if (performance.now() > deadline) throw error
        await sleep(restartAfterMs)
      }
    }
  }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return ending?.exitCode ?? null
    const exited = once(ending, 'exit')
    ending.kill(signal)
    await exited
    return ending.exitCode
  }
  try {
    await start()
  } catch (error) {
    await proxy.close()
    throw error
  }
  return {
    name,
    proxy,
    origin: `http://127.0.0.1:${port}`,
    url: `http://127.0.0.1:${proxy.port}`,
    pid: () => child?.pid,
    start,
    kill: async () => { await end('SIGKILL') },
    terminate: () => end('SIGTERM'),
    setClock,
    memory
  }
}
