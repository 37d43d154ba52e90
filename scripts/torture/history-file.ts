import { readFile, writeFile } from 'node:fs/promises'
import { LoadError } from '../load/load-error.js'
import type { Operation } from './history.js'
import type { RunRecord } from './record.js'

/** Writes a record: all but the operations on the first line, then one operation a line, so that a history can be read by eye. */
export const writeHistory = async (file: string, { operations, ...rest }: RunRecord): Promise<void> => {
  await writeFile(file, `${[rest, ...operations].map((line) => JSON.stringify(line)).join('\n')}\n`)
}

/** Reads it back. Throws LoadError for a file that isn't such a history. */
export const readHistory = async (file: string): Promise<RunRecord> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => { throw new LoadError(`--check ${file}: ${String(error)}`) })
  try {
    const [head = '', ...lines] = text.trimEnd().split('\n')
    const rest = JSON.parse(head) as Omit<RunRecord, 'operations'>
    if (!Array.isArray(rest.injections) || !Array.isArray(rest.subscriptions)) throw new TypeError('no injections, or no subscriptions')
    return { ...rest, operations: lines.map((line) => JSON.parse(line) as Operation) }
  } catch {
    throw new LoadError(`--check ${file}: this is no history that npm run torture has kept`)
  }
}
