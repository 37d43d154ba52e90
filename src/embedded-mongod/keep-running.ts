import { setTimeout as sleep } from 'node:timers/promises'
import type { MongodLog } from './mongod-log.js'
import type { MongodProcess } from './mongod-process.js'
import { fullDisk, storageFailure, type StorageFailure } from './storage-failure.js'

const firstBackoffMs = 100
const longestBackoffMs = 10_000

export interface KeepRunningOptions {
  readonly directory: string
  readonly port: number
  /** Starts the mongod once more. */
  readonly launch: () => MongodProcess
  /** Makes a mongod the primary; throws where it can't be. */
  readonly bringUp: (mongod: MongodProcess, port: number, signal: AbortSignal) => Promise<void>
  readonly mongodLog: MongodLog
  /** Takes lines for the operator. */
  readonly log: (line: string) => void
  /** Aborted when the mongod is no longer needed. */
  readonly stopping: AbortSignal
}

/**
 * Starts a mongod again, on the same port, each time that it ends, for as long as it is needed. Where its disk is full it waits for room
 * first. What is wrong with its storage is told once, however often it ends of it.
 * @returns a function that ends it, once it is no longer needed, by SIGINT, and SIGKILL after so many milliseconds
 */
export const keepRunning = (mongod: MongodProcess, { directory, port, launch, bringUp, mongodLog, log, stopping }: KeepRunningOptions): { readonly end: (withinMs: number) => Promise<void> } => {
  const stopped = () => stopping.aborted
  let current = mongod
  let told: StorageFailure['kind'] | undefined
  const pause = async (milliseconds: number): Promise<void> => sleep(milliseconds, undefined, { signal: stopping }).catch(() => undefined)
  const tell = ({ kind, sentence }: StorageFailure): void => {
    if (kind !== told) log(`mongod ended while it was needed. ${sentence}. It starts again by itself once it can; what it says is in ${mongodLog.path}`)
    told = kind
  }
  const keep = async (): Promise<void> => {
    let backoffMs = firstBackoffMs
    for (;;) {
      const since = performance.now()
      const { reason } = await current.ended
      if (stopped()) return
      backoffMs = performance.now() - since > 60_000 ? firstBackoffMs : Math.min(backoffMs * 2, longestBackoffMs)
      const failure = await storageFailure(directory, mongodLog)
      if (failure === undefined) log(`mongod ended while it was needed (${reason}); it starts again on port ${port} in ${backoffMs} ms`)
      else tell(failure)
      do await pause(backoffMs)
      while (!stopped() && await fullDisk(directory) !== undefined)
      if (stopped()) return
      current = launch()
      if (await current.begun !== 'listening') continue
      await bringUp(current, port, stopping).then(() => {
        told = undefined
        log(`mongod runs again on port ${port}`)
      }, () => undefined)
    }
  }
  const kept = keep().finally(() => mongodLog.close())
  return {
    end: async (withinMs) => {
      await current.end(withinMs)
      await kept
    }
  }
}
