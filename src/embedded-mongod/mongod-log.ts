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
  /** The line of the mongod that tells why it failed, at most 400 characters: the first error, or else what it said last. */
  lastReason(): string
  close(): void
}

interface LogLine { readonly severity: string, readonly text: string }

const readLine = (line: string): LogLine => {
  try {
    const { s, msg, attr } = JSON.parse(line) as { s?: string, msg?: string, attr?: unknown }
    const { error = attr } = typeof attr === 'object' && attr !== null && 'error' in attr ? attr : {}
    const detail = typeof error === 'string' ? `: ${error}` : error === undefined ? '' : `: ${JSON.stringify(error)}`
    return { severity: s ?? 'I', text: `${msg ?? line}${detail}` }
  } catch {
    return { severity: 'E', text: line }
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
      const telling = lines.find(({ severity }) => severity === 'E' || severity === 'F') ?? lines.at(-1)
      return (telling?.text ?? 'it wrote nothing').slice(0, 400)
    },
    close: () => closeSync(file)
  }
}
