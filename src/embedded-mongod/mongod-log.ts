import { closeSync, fstatSync, openSync, readSync, renameSync } from 'node:fs'
import { join } from 'node:path'

/** What mongods that run one after the other on a directory write: JSON lines (MongoDB manual, "Log Messages"), and plain ones of the system. */
export interface MongodLog {
  readonly path: string
  /** Begins with another mongod: what was written before doesn't count from here on. Returns the file that it writes to. */
  next(): number
  /** Whether a mongod listens on the port: message 23016, "Waiting for connections". */
  saysListening(port: number): boolean
  /** Whether the mongod found another one on its dbpath (DBPathInUse). */
  saysInUse(): boolean
  /** The line of the mongod that tells why it failed: what it panicked at, or the first error, or else what it said last. */
  lastReason(): Reason
  close(): void
}

/** Why a mongod failed, as far as its log tells. */
export interface Reason {
  /** At most 400 characters. */
  readonly text: string
  /** The code of the storage engine, or of the system where that is positive (https://source.wiredtiger.com/develop/error_handling.html); undefined where another part failed. */
  readonly storageCode?: number
}

interface LogLine extends Reason { readonly severity: string }

/** The code of WiredTiger for "the process must exit": what it met stands in the line before. */
const panic = -31_804

/** An error of the storage engine: a text with where it is from in front, or the same in parts. */
const storageText = (message: unknown): string => {
  if (typeof message !== 'object' || message === null) return String(message).replace(/^.*?\]: \w+, \d+: /, '')
  const { msg = '', error_str: says } = message as { msg?: string, error_str?: string }
  return `${msg.replace(/^\w+:\d+:/, '')}${says === undefined ? '' : `: ${says}`}`
}

const readLine = (line: string): LogLine => {
  try {
    const { s: severity = 'I', c, msg, attr } = JSON.parse(line) as { s?: string, c?: string, msg?: string, attr?: unknown }
    const { error = attr, message } = typeof attr === 'object' && attr !== null ? attr as { error?: unknown, message?: unknown } : { error: attr }
    if (c === 'WT' && typeof error === 'number') return { severity, text: storageText(message), storageCode: error }
    const detail = typeof error === 'string' ? `: ${error}` : error === undefined ? '' : `: ${JSON.stringify(error)}`
    return { severity, text: `${msg ?? line}${detail}` }
  } catch {
    // Where there was no room for all of a line, the part that there is says little.
    return line.startsWith('{') ? { severity: 'I', text: 'its log ends in the middle of a line' } : { severity: 'E', text: line }
  }
}

/**
 * Begins `mongod.log` in `directory`, the one before it becomes `mongod.log.1`: there are never more than two.
 * It is read by the open file, not by its name, which another start on the same directory may give to its own.
 */
export const beginMongodLog = (directory: string): MongodLog => {
  const path = join(directory, 'mongod.log')
  try {
    renameSync(path, `${path}.1`)
  } catch {
    // There is none yet.
  }
  const file = openSync(path, 'a+')
  let offset = 0
  const read = (): string => {
    const { size } = fstatSync(file)
    // A failed start is short, and what matters stands at its end.
    const buffer = Buffer.alloc(Math.min(size - offset, 1_048_576))
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, size - buffer.length))
  }
  return {
    path,
    next: () => {
      offset = fstatSync(file).size
      return file
    },
    saysListening: (port) => new RegExp(`"id":23016,.*"port":${port}\\b`).test(read()),
    saysInUse: () => read().includes('DBPathInUse'),
    lastReason: () => {
      const lines = read().split('\n').filter((line) => line.trim() !== '').map(readLine)
      const panicked = lines.findIndex(({ storageCode }) => storageCode === panic)
      const { text = 'it wrote nothing', storageCode } = lines[panicked - 1] ?? lines.find(({ severity }) => severity === 'E' || severity === 'F') ?? lines.at(-1) ?? {}
      return { text: text.slice(0, 400), ...(storageCode !== undefined && { storageCode }) }
    },
    close: () => closeSync(file)
  }
}
