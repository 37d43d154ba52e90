import { access, constants, mkdir, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startError } from '../start-error.js'
import { listProcesses, readProcess, type RunningProcess } from './process-table.js'

const ownerName = /^noclobber-mongod-of-(\d+) /

/**
 * The name under which a mongod of this process runs. It tells, as long as it runs, who started it, and it can't be
 * out of date, as a file could: a process whose owner has ended has another parent (the system sees to that), whether
 * the owner is still a zombie or its id was given to somebody else.
 */
export const mongodName = (): string => `noclobber-mongod-of-${process.pid}`

/** The error for a directory that this user can't work in. */
export const unusable = (directory: string, error: unknown): Error =>
  startError(`DATA_DIR ${directory} cannot be used: ${error instanceof Error ? error.message : String(error)}. Make it a directory that this user may write to, or set DATA_DIR to another`, error)

/** Makes the directory for the data where there is none. Returns its real, absolute path. */
export const prepareDataDirectory = async (dataDir: string): Promise<string> => {
  const directory = resolve(dataDir)
  try {
    await mkdir(directory, { recursive: true })
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
    return await realpath(directory)
  } catch (error) {
    throw unusable(directory, error)
  }
}

/** The mongods that run on this directory, as far as this process can see. One that begins to recover has not yet put its id into `mongod.lock`. */
const findHolders = async (directory: string): Promise<RunningProcess[]> =>
  (await listProcesses()).filter(({ commandLine }) => /^(\S*\/)?(noclobber-)?mongod\S* /.test(commandLine) && commandLine.includes(`--dbpath ${directory} `))

const endsWithin = async ({ pid, commandLine }: RunningProcess, milliseconds: number): Promise<boolean> => {
  const deadline = performance.now() + milliseconds
  while ((await readProcess(pid))?.commandLine === commandLine) {
    if (performance.now() > deadline) return false
    await sleep(25)
  }
  return true
}

const endAbandoned = async (directory: string, holder: RunningProcess): Promise<void> => {
  for (const [signal, milliseconds] of [['SIGINT', 10_000], ['SIGKILL', 5_000]] as const) {
    try {
      process.kill(holder.pid, signal)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) {
        throw startError(`The mongod (process ${holder.pid}) that was left behind on DATA_DIR ${directory} cannot be ended: ${String(error)}. End it, or set DATA_DIR to another directory`, error)
      }
    }
    if (await endsWithin(holder, milliseconds)) return
  }
  throw startError(`The mongod (process ${holder.pid}) that was left behind on DATA_DIR ${directory} does not end. End it, or set DATA_DIR to another directory`)
}

/**
 * Sees to it that no mongod holds the directory: ends one whose service is gone.
 * What it can't see (a mongod that begins just now, or in another container) the lock of mongod itself keeps out.
 * @throws an error that names the holder where its service runs, or where this service never started it
 */
export const freeDataDirectory = async (directory: string, log: (line: string) => void): Promise<void> => {
  const holders = (await findHolders(directory)).map((holder) => ({ holder, ownerPid: Number(ownerName.exec(holder.commandLine)?.[1]) }))
  for (const { holder, ownerPid } of holders) {
    if (Number.isNaN(ownerPid)) {
      throw startError(`DATA_DIR ${directory} is in use by a mongod (process ${holder.pid}) that this service did not start. End it, or set DATA_DIR to another directory, or MONGODB_URI to use that mongod`)
    }
    if (ownerPid === holder.parentPid) {
      throw startError(`DATA_DIR ${directory} is in use by another instance of this service (process ${ownerPid}). Stop it, or set DATA_DIR to another directory`)
    }
  }
  for (const { holder, ownerPid } of holders) {
    log(`ending the mongod (process ${holder.pid}) that process ${ownerPid} left behind on ${directory}`)
    await endAbandoned(directory, holder)
  }
}
