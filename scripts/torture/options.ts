import { readFlags } from '../load/flags.js'
import { LoadError } from '../load/load-error.js'
import { defectNames, type DefectName } from './defects.js'
import { faultNames, type FaultName } from './faults/index.js'

/** A run, as the command line asks for it. */
export interface TortureOptions {
  readonly seconds: number
  readonly seed: number
  readonly faults: readonly FaultName[]
  readonly clients: number
  /** The defect that the service is built with. */
  readonly plant: DefectName | undefined
  readonly readConcern: 'majority' | 'linearizable'
  /** How many operations a second must be acknowledged outside faults for a run to count. */
  readonly leastRate: number
  /** Instead of a run with faults: how often a service with a mongod of its own is killed under load, and started again. */
  readonly restarts: number | undefined
  /** Instead of faults: watch whether memory stays flat. */
  readonly soak: boolean
  /** How long the checker may take, in seconds. */
  readonly checkSeconds: number
  readonly json: string | undefined
  /** A kept history to check again, instead of a run. */
  readonly check: string | undefined
  /** Where the history of a run goes that fails, or of any run with `keep`. */
  readonly history: string | undefined
}

/** What `--help` prints. */
export const usage = `Usage: npm run torture -- [options]

Three mongods, two instances of the service, clients that read and write, and faults; then the history of all that was answered is checked.
Exit status: 0 every promise was kept; 1 one was broken (each named), or the run was too lazy to tell; 2 the run could not be made.

  --seconds N       how long (default 60)
  --seed N          same seed, same faults and the same choices of the clients (default 1)
  --faults NAMES    all, none, or some of ${faultNames.join(',')} (default all)
  --clients N       (default 48)
  --read-concern L  majority or linearizable: what GETs promise (default majority)
  --plant NAME      build a defect into the service first, which must be found: ${defectNames.join(', ')}
  --restarts N      instead: kill -9 of the service with its own mongod, N times, in the middle of 32 editors; then one graceful stop
  --soak            no faults: heap and RSS of the service at each tenth of the time; fails if the last is 20 % over the second
  --least-rate N    acknowledged operations a second, outside faults, for a run to count (default 100)
  --check-seconds N how long the check may take (default 60)
  --json FILE       the numbers, for machines
  --history FILE    keeps the history; a run that fails keeps it anyway, in the directory for temporary files
  --check FILE      checks a history that was kept, instead of a run
`

const flags = {
  seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' }, faults: { type: 'string', default: 'all' },
  clients: { type: 'string', default: '48' }, 'read-concern': { type: 'string', default: 'majority' }, plant: { type: 'string' },
  'check-seconds': { type: 'string', default: '60' }, 'least-rate': { type: 'string', default: '100' }, restarts: { type: 'string' }, soak: { type: 'boolean', default: false }, json: { type: 'string' }, history: { type: 'string' }, check: { type: 'string' }, help: { type: 'boolean', default: false }
} as const

const read = (args: readonly string[]) => readFlags(args, flags)

const readInteger = (text: string, flag: string, least: number, most: number): number => {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  if (!(value >= least && value <= most)) throw new LoadError(`${flag} ${text}: give an integer from ${least} to ${most}`)
  return value
}

const readFaults = (text: string): FaultName[] => {
  if (text === 'all') return [...faultNames]
  if (text === 'none') return []
  const asked = text.split(',')
  const unknown = asked.find((name) => !faultNames.some((known) => known === name))
  if (unknown !== undefined) throw new LoadError(`--faults ${text}: ${JSON.stringify(unknown)} is none of all, none, ${faultNames.join(', ')}`)
  return faultNames.filter((known) => asked.includes(known))
}

/** The options of a command line, or undefined for `--help`; throws LoadError, whose line names the option and what it takes. */
export const parseOptions = (args: readonly string[]): TortureOptions | undefined => {
  const values = read(args)
  if (values.help) return undefined
  const plant = defectNames.find((name) => name === values.plant)
  if (values.plant !== undefined && plant === undefined) throw new LoadError(`--plant ${values.plant}: give one of ${defectNames.join(', ')}`)
  const readConcern = values['read-concern']
  if (readConcern !== 'majority' && readConcern !== 'linearizable') throw new LoadError(`--read-concern ${readConcern}: give majority or linearizable`)
  return {
    seconds: readInteger(values.seconds, '--seconds', 1, 86_400),
    seed: readInteger(values.seed, '--seed', 1, 0x7fffffff),
    faults: values.soak ? [] : readFaults(values.faults),
    clients: readInteger(values.clients, '--clients', 1, 1_000),
    plant,
    readConcern,
    leastRate: readInteger(values['least-rate'], '--least-rate', 1, 1_000_000),
    restarts: values.restarts === undefined ? undefined : readInteger(values.restarts, '--restarts', 1, 1_000),
    soak: values.soak,
    checkSeconds: readInteger(values['check-seconds'], '--check-seconds', 1, 3_600),
    json: values.json,
    check: values.check,
    history: values.history
  }
}
