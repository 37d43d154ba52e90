import { readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { MongodLog } from './mongod-log.js'

/** With less room than this, in bytes, a mongod isn't started: it would fail at its first write, and might not even say so in its log. */
const leastRoom = 16 * 1024 * 1024

/** ENOSPC, EDQUOT, and EFBIG: no room for it, also where a limit is the reason. */
const noRoom = new Set([28, 122, 27])

/** ENOENT, EIO, EINVAL, and WT_ERROR, WT_NOTFOUND, WT_TRY_SALVAGE (https://source.wiredtiger.com/develop/error_handling.html). */
const unreadable = new Set([2, 5, 22, -31_802, -31_803, -31_809])

/** What isn't damaged, but of a later release. */
const ofAnotherRelease = /unsupported|incompatib|version mismatch/i

/** What is wrong with the storage of a mongod, and a sentence for the operator that says what to do. */
export interface StorageFailure {
  readonly kind: 'full' | 'damaged'
  readonly sentence: string
}

const advice = 'Delete nothing in it, keep a copy of it, and restore a backup into another DATA_DIR: docs/operate.md, "When the storage fails"'

/** The bytes that this user may still write to the disk of a directory; undefined where the system can't tell. */
const roomIn = async (directory: string): Promise<number | undefined> => {
  const found = await statfs(directory).catch(() => undefined)
  if (found === undefined || found.blocks === 0) return undefined
  return (process.getuid?.() === 0 ? found.bfree : found.bavail) * found.bsize
}

/** Whether a disk has too little room for a mongod, or `reason` says so. */
export const fullDisk = async (directory: string, reason?: string): Promise<StorageFailure | undefined> => {
  const room = await roomIn(directory)
  if (reason === undefined && (room === undefined || room >= leastRoom)) return undefined
  const why = [reason, room === undefined ? undefined : `${Math.floor(room / 1024 / 1024)} MB are free`].filter((part) => part !== undefined)
  return { kind: 'full', sentence: `DATA_DIR ${directory} has no room left for mongod (${why.join('; ')}). Make room on its disk, and delete nothing in it: all that was acknowledged is there` }
}

/** What every data directory of a mongod has, once there is a collection in it. */
const parts = ['WiredTiger', 'WiredTiger.turtle', 'WiredTiger.wt', '_mdb_catalog.wt']

/**
 * Whether files of the data are missing that mongod would start without: without `WiredTiger.turtle` it begins an empty database in the
 * same place, without the journal with an earlier state, and what it acknowledges then is gone after its next crash, also where
 * the journal was taken away after a clean stop.
 */
export const missingParts = async (directory: string): Promise<StorageFailure | undefined> => {
  const files = new Set(await readdir(directory))
  if (![...files].some((name) => /^collection-.*\.wt$/.test(name))) return undefined
  const logs = await readdir(join(directory, 'journal')).catch((): string[] => [])
  const missing = [...parts.filter((name) => !files.has(name)), ...logs.some((name) => name.startsWith('WiredTigerLog.')) ? [] : ['the journal (journal/WiredTigerLog.*)']]
  if (missing.length === 0) return undefined
  return { kind: 'damaged', sentence: `The data in DATA_DIR ${directory} is not whole: ${missing.join(', ')} is missing, and mongod would begin with an empty or an earlier state. Put it back. ${advice}` }
}

/** Why a mongod that has ended could not use its storage; undefined where that isn't the reason. */
export const storageFailure = async (directory: string, log: Pick<MongodLog, 'lastReason'>): Promise<StorageFailure | undefined> => {
  const { text, storageCode } = log.lastReason()
  const full = await fullDisk(directory, storageCode !== undefined && noRoom.has(storageCode) ? text : undefined)
  if (full !== undefined) return full
  const damaged = (storageCode !== undefined && unreadable.has(storageCode)) || text.includes('InvalidBSON')
  if (!damaged || ofAnotherRelease.test(text)) return undefined
  return { kind: 'damaged', sentence: `The data in DATA_DIR ${directory} is damaged, and mongod cannot read it (${text}). ${advice}` }
}
