import { parseArgs } from 'node:util'

export interface FuzzOptions {
  /** The fewest requests that a run may make; one that makes fewer is unreliable. */
  readonly cases: number
  readonly seed: number
}

/** What `--help` prints. */
export const usage = `Usage: npm run fuzz -- [options]

Runs schemathesis over the service's own /openapi.json, against the service on a mongod of its own.
Exit status: 0 every reply was one that the document tells of, and none a 5xx; 1 one was not (each named);
2 the run could not be made, or made too few requests.

  --cases N   the fewest requests to make, 10000 unless given
  --seed N    seed of what is generated, 1 unless given
  --help      this text

Needs python3 with its module venv, and the Python package index for the first run.
The environment's MONGODB_URI names a mongod to use instead.
`

/** A command line that can't be followed; its message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const readInteger = (name: string, text: string, least: number): number => {
  if (!/^[0-9]{1,7}$/.test(text) || Number(text) < least) throw new UsageError(`--${name} ${text}: give an integer from ${least} to 9999999`)
  return Number(text)
}

/** Reads the command line; undefined where it asks for help. Throws UsageError. */
export const parseOptions = (args: readonly string[]): FuzzOptions | undefined => {
  try {
    const { values } = parseArgs({ args: [...args], options: { cases: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' }, help: { type: 'boolean', default: false } } })
    return values.help ? undefined : { cases: readInteger('cases', values.cases, 1), seed: readInteger('seed', values.seed, 0) }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : String(error))
  }
}
