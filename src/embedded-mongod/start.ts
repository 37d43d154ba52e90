import { once } from 'node:events'
import { startError } from '../start-error.js'
import { freeDataDirectory, prepareDataDirectory, unusable } from './data-directory.js'
import { findMongod } from './find-binary.js'
import { freePort } from './free-port.js'
import { keepRunning } from './keep-running.js'
import { beginMongodLog, type MongodLog } from './mongod-log.js'
import { portTaken, replicaSetName, startMongodProcess, type MongodProcess } from './mongod-process.js'
import { makePrimary } from './replica-set.js'
import { fullDisk, missingParts, storageFailure } from './storage-failure.js'

export interface EmbeddedMongodOptions {
  /** Directory for the data; made where there is none. */
  readonly dataDir: string
  /** Path of the mongod to run; unless given, one is found or downloaded. */
  readonly binary?: string | undefined
  /** Takes lines for the operator: what is downloaded, that a mongod died. */
  readonly log: (line: string) => void
  /** Aborted when the start is no longer wanted. */
  readonly signal?: AbortSignal | undefined
  /** Size of the WiredTiger cache in gigabytes, 0.25 unless given, which is also the least. */
  readonly cacheSizeGB?: number | undefined
}

export interface EmbeddedMongod {
  /** To connect with: the replica set's name is in it. The same for as long as this mongod is kept running. */
  readonly uri: string
  /** Ends it: SIGINT, and SIGKILL after so many milliseconds (10 000 unless given). May be called more than once. */
  stop(withinMs?: number): Promise<void>
}

/** Long enough for the recovery of a large database after a crash. */
const listeningWithinMs = 600_000
const primaryWithinMs = 120_000

/** Waits until the process is a primary; ends it where it can't be, or is no longer wanted. */
const bringUp = async (mongod: MongodProcess, port: number, signal: AbortSignal): Promise<void> => {
  const giveUp = new AbortController()
  const within = AbortSignal.any([signal, giveUp.signal, AbortSignal.timeout(primaryWithinMs)])
  try {
    await Promise.race([
      makePrimary(port, within),
      mongod.ended.then(({ reason }) => Promise.reject(new Error(`it ended: ${reason}`)))
    ])
  } catch (error) {
    giveUp.abort()
    await mongod.end(1_000)
    throw error
  }
}

const logIn = (directory: string): MongodLog => {
  try {
    return beginMongodLog(directory)
  } catch (error) {
    throw unusable(directory, error)
  }
}

interface Running { readonly mongod: MongodProcess, readonly port: number, readonly launch: () => MongodProcess }

const startFirst = async (binary: string, directory: string, mongodLog: MongodLog, cacheSizeGB: number, log: (line: string) => void, signal: AbortSignal): Promise<Running> => {
  let reason = ''
  for (let tries = 0; tries < 5; tries++) {
    await freeDataDirectory(directory, log)
    const port = await freePort()
    signal.throwIfAborted()
    const launch = () => startMongodProcess({ binary, directory, port, log: mongodLog, cacheSizeGB })
    const mongod = launch()
    const within = AbortSignal.any([signal, AbortSignal.timeout(listeningWithinMs)])
    const begun = await Promise.race([mongod.begun, once(within, 'abort').then(() => 'late' as const)])
    if (begun === 'late') {
      await mongod.end(1_000)
      signal.throwIfAborted()
      throw new Error(`it did not listen within ${listeningWithinMs} ms: ${mongodLog.lastReason().text}`)
    } else if (begun === 'listening') {
      await bringUp(mongod, port, signal)
      return { mongod, port, launch }
    } else {
      reason = begun.reason
      if (begun.code !== portTaken && !mongodLog.saysInUse()) break
    }
  }
  throw new Error(reason)
}

/**
 * Starts a real mongod of this process's own, as a replica set of one on a free port of 127.0.0.1, journaled. It is in
 * a process group of its own, ends with this process however that ends, and is started again, on the same port, when
 * it dies. What it logs is in `mongod.log` in the directory for the data.
 * @throws a start error: no mongod to be found, a directory that can't be used or is in use, or has no room, data that
 * is damaged, a mongod that doesn't start
 */
export const startEmbeddedMongod = async ({ dataDir, binary, log, signal = new AbortController().signal, cacheSizeGB = 0.25 }: EmbeddedMongodOptions): Promise<EmbeddedMongod> => {
  const directory = await prepareDataDirectory(dataDir)
  await freeDataDirectory(directory, log)
  const unfit = await fullDisk(directory) ?? await missingParts(directory)
  if (unfit !== undefined) throw startError(unfit.sentence)
  const path = await findMongod({ binary, log, signal })
  const mongodLog = logIn(directory)
  const { mongod, port, launch } = await startFirst(path, directory, mongodLog, cacheSizeGB, log, signal).catch(async (error: unknown) => {
    const failure = await storageFailure(directory, mongodLog)
    mongodLog.close()
    signal.throwIfAborted()
    if (error instanceof Error && 'code' in error && error.code === 'NOCLOBBER_START') throw error
    if (failure !== undefined) throw startError(`${failure.sentence}. What mongod says of it is in ${mongodLog.path}`, error)
    throw startError(`${path} did not start on DATA_DIR ${directory}: ${error instanceof Error ? error.message : String(error)}. More is in ${mongodLog.path}; set DATA_DIR to another directory, or MONGOD_BINARY to another mongod`, error)
  })

  const stopping = new AbortController()
  const kept = keepRunning(mongod, { directory, port, launch, bringUp, mongodLog, log, stopping: stopping.signal })
  return {
    uri: `mongodb://127.0.0.1:${port}/?replicaSet=${replicaSetName}`,
    stop: async (withinMs = 10_000) => {
      stopping.abort()
      await kept.end(withinMs)
    }
  }
}
