import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { mongodName } from './data-directory.js'
import type { MongodLog } from './mongod-log.js'
import { watchMongod } from './watchdog.js'

/** The name of the replica set that an embedded mongod is the only member of. */
export const replicaSetName = 'rs0'

/** The exit code of a mongod whose port is taken (MongoDB manual, "Exit Codes and Statuses"). */
export const portTaken = 48

export interface MongodProcessOptions {
  readonly binary: string
  readonly directory: string
  readonly port: number
  readonly log: MongodLog
  /** Size of the WiredTiger cache in gigabytes, at least 0.25. */
  readonly cacheSizeGB: number
}

/** How a mongod ended; a code of null and no signal: it could not be started at all. */
export interface MongodEnd { readonly code: number | null, readonly signal: NodeJS.Signals | null, readonly reason: string }

/** A mongod that was started. It doesn't keep this process alive, and ends soon after this process has ended. */
export interface MongodProcess {
  readonly pid: number | undefined
  readonly ended: Promise<MongodEnd>
  /** Resolves with `listening` once it does, or with how it ended instead. */
  readonly begun: Promise<'listening' | MongodEnd>
  /** Ends it: SIGINT, and SIGKILL after so many milliseconds. Resolves when it has ended. */
  end(withinMs: number): Promise<void>
}

/**
 * Starts a mongod, journaled, on loopback only, in a process group of its own: a Ctrl-C in the terminal reaches this
 * process but not the mongod, which must outlast it by the time that closing takes.
 */
export const startMongodProcess = ({ binary, directory, port, log, cacheSizeGB }: MongodProcessOptions): MongodProcess => {
  const file = log.next()
  const child = spawn(binary, [
    '--dbpath', directory, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', replicaSetName,
    '--wiredTigerCacheSizeGB', String(cacheSizeGB), '--quiet', '--slowms', '1000', '--nounixsocket'
  ], { argv0: mongodName(), detached: true, stdio: ['ignore', file, file] })
  child.unref()
  const dismiss = child.pid === undefined ? () => undefined : watchMongod(child.pid, directory)
  let over = false
  const ended = new Promise<MongodEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      over = true
      dismiss()
      const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`
      const hint = signal === 'SIGILL' ? '; this CPU has no AVX, which MongoDB 5 and later need: set MONGODB_URI to a mongod elsewhere' : ''
      resolve({ code, signal, reason: `${how}, ${log.lastReason().text}${hint}` })
    })
    child.once('error', (error) => {
      over = true
      resolve({ code: null, signal: null, reason: error.message })
    })
  })
  const listens = async (): Promise<'listening' | MongodEnd> => {
    while (!over) {
      if (log.saysListening(port)) return 'listening'
      await sleep(20)
    }
    return ended
  }
  return {
    pid: child.pid,
    ended,
    begun: listens(),
    end: async (withinMs) => {
      if (over) return
      child.ref()
      child.kill('SIGINT')
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
      await ended
      clearTimeout(timer)
    }
  }
}
