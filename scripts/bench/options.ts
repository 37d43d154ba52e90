import { readFlags } from '../load/flags.js'
import { LoadError } from '../load/load-error.js'
import { contenderNames, type ContenderName } from './contender-names.js'
import { measureNames, type MeasureName } from './measures.js'

/** A run of the benchmark, as the command line asks for it. */
export interface BenchOptions {
  /** How long each measure of each contender takes in each round. */
  readonly seconds: number
  readonly rounds: number
  readonly measures: readonly MeasureName[]
  readonly contenders: readonly ContenderName[]
  /** Path of the service to measure: `dist/server.js` of this package unless given. */
  readonly server: string | undefined
  /** Path of another build of the service to measure beside it. */
  readonly baseline: string | undefined
  readonly scale: boolean
  /** How many documents the collections of `--scale` hold. */
  readonly sizes: readonly number[]
  /** Which version `--scale` compares with the first. */
  readonly versions: number
  /** Whether a target that isn't reached makes the exit status 1. */
  readonly check: boolean
  /** The directory for the reports. */
  readonly out: string
}

/** What `--help` prints. */
export const usage = `Usage: npm run bench -- [options]

Measures the service beside its peers and its limits, on one mongod, in turn, and writes latest.json and latest.html.

  --seconds N       how long each measure of each contender takes in each round (default 1)
  --rounds N        (default 3)
  --only NAMES      of ${measureNames.join(',')}
  --contenders NAMES
                    of ${contenderNames.join(',')}
  --cold            the service with nothing kept in memory too (ours-cold)
  --linearizable    the service with READ_CONCERN=linearizable too (ours-linearizable): what a GET costs then
  --production      only the service, and beside it the same with log, limits, headers and metrics on (ours-production)
  --with eve        Eve with gunicorn too; python3 installs it from PyPI into a cache of this user
  --baseline FILE   another build of the service too, such as ../before/dist/server.js (ours-baseline)
  --server FILE     the service to measure (default dist/server.js)
  --scale           instead of all this: does the cost grow with what is stored?
  --sizes NUMBERS   how many documents --scale stores (default 1000,100000,1000000)
  --versions N      which version --scale compares with the first (default 10000)
  --check           exit status 1 where a target is not reached, 2 where others kept the machine too busy to tell
  --out DIRECTORY   for latest.json and latest.html, or scale.json (default bench)
`

const flags = {
  seconds: { type: 'string', default: '1' }, rounds: { type: 'string', default: '3' }, only: { type: 'string' }, contenders: { type: 'string' },
  cold: { type: 'boolean', default: false }, linearizable: { type: 'boolean', default: false }, production: { type: 'boolean', default: false }, with: { type: 'string' }, baseline: { type: 'string' }, server: { type: 'string' },
  scale: { type: 'boolean', default: false }, sizes: { type: 'string', default: '1000,100000,1000000' }, versions: { type: 'string', default: '10000' },
  check: { type: 'boolean', default: false }, out: { type: 'string', default: 'bench' }, help: { type: 'boolean', default: false }
} as const

const read = (args: readonly string[]) => readFlags(args, flags)

const readNumber = (text: string, flag: string, least: number, most: number): number => {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN
  if (!(value >= least && value <= most)) throw new LoadError(`${flag} ${text}: give a number from ${least} to ${most}`)
  return value
}

const readInteger = (text: string, flag: string, most: number): number => {
  const value = readNumber(text, flag, 1, most)
  if (!Number.isInteger(value)) throw new LoadError(`${flag} ${text}: give an integer`)
  return value
}

const readNames = <N extends string>(text: string, flag: string, names: readonly N[]): N[] => {
  const asked = text.split(',')
  const unknown = asked.find((name) => !names.some((known) => known.toLowerCase() === name.toLowerCase()))
  if (unknown !== undefined) throw new LoadError(`${flag} ${text}: ${JSON.stringify(unknown)} is none of ${names.join(', ')}`)
  return names.filter((known) => asked.some((name) => known.toLowerCase() === name.toLowerCase()))
}

/** The options of a command line, or undefined for `--help`; throws LoadError, whose line names the option and what it takes. */
export const parseOptions = (args: readonly string[]): BenchOptions | undefined => {
  const { help, seconds, rounds, only, contenders, cold, linearizable, production, with: guest, baseline, server, scale, sizes, versions, check, out } = read(args)
  if (help) return undefined
  if (guest !== undefined && guest !== 'eve') throw new LoadError(`--with ${guest}: give eve`)
  const extra: Partial<Record<ContenderName, boolean>> = { 'ours-cold': cold, 'ours-linearizable': linearizable, 'ours-production': production, 'ours-baseline': baseline !== undefined, eve: guest === 'eve' }
  const usual = contenderNames.filter((name) => production ? name === 'ours' : extra[name] === undefined)
  const asked = [...(contenders === undefined ? usual : readNames(contenders, '--contenders', contenderNames)), ...contenderNames.filter((name) => extra[name] === true)]
  if (asked.includes('ours-baseline') && baseline === undefined) throw new LoadError('--contenders ours-baseline: give the --baseline FILE too')
  return {
    seconds: readNumber(seconds, '--seconds', 0.02, 600),
    rounds: readInteger(rounds, '--rounds', 100),
    measures: only === undefined ? measureNames : readNames(only, '--only', measureNames),
    contenders: contenderNames.filter((name) => asked.includes(name)),
    server,
    baseline,
    scale,
    sizes: sizes.split(',').map((size) => readInteger(size, '--sizes', 10_000_000)),
    versions: readInteger(versions, '--versions', 1_000_000),
    check,
    out
  }
}
