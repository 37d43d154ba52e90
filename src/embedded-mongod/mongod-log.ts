import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Where a mongod writes what it has to say: JSON lines (MongoDB manual, "Log Messages"), and plain ones of the system. */
export interface MongodLog {
  readonly path: string
  /** Opens it for a mongod to append to, and reads from there on. */
  open(): number
  /** Whether the mongod that was opened for last listens: message 23016, "Waiting for connections". */
  saysListening(): boolean
  /** Whether that mongod found another one on its dbpath (DBPathInUse). */
  saysInUse(): boolean
  /** The last line of that mongod that tells why it failed, at most 400 characters. */
  lastReason(): string
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

/** Begins `mongod.log` in `directory`, the one before it becomes `mongod.log.1`: there are never more than two. */
export const beginMongodLog = (directory: string): MongodLog => {
  const path = join(directory, 'mongod.log')
  if (statSync(path, { throwIfNoEntry: false })) renameSync(path, `${path}.1`)
  let offset = 0
  const read = (): string => {
    const size = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) - offset
    if (size <= 0) return ''
    // A failed start is short, and what matters stands at its end.
    const buffer = Buffer.alloc(Math.min(size, 1_048_576))
    const file = openSync(path, 'r')
    try {
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, offset + size - buffer.length))
    } finally {
      closeSync(file)
    }
  }
  return {
    path,
    open: () => {
      offset = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      return openSync(path, 'a')
    },
    saysListening: () => /"id":23016,/.test(read()),
    saysInUse: () => read().includes('DBPathInUse'),
    lastReason: () => {
      const lines = read().split('\n').filter((line) => line.trim() !== '').map(readLine)
      const telling = lines.findLast(({ severity }) => severity === 'E' || severity === 'F') ?? lines.at(-1)
      return (telling?.text ?? 'it wrote nothing').slice(0, 400)
    }
  }
}
