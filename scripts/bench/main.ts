/*
 * Measures the service beside its peers and its limits, on one mongod, in turn. `npm run bench -- --help` lists the options.
 */
import { MongoClient } from 'mongodb'
import { LoadError } from '../load/load-error.js'
import { openDatabase } from '../load/targets.js'
import { startContender, type Arena, type Contender } from './contenders.js'
import { watchDisturbance } from './disturbance.js'
import { describeMachine, type Machine } from './machine.js'
import { parseOptions, usage, type BenchOptions } from './options.js'
import { makeReport, reportText, statusOf, writeReport } from './report.js'
import { runRounds } from './rounds.js'
import { reportScale } from './scale-report.js'
import { measureScale } from './scale.js'
import { startWorker } from './worker.js'

/** Of each contender, shared out among the connections. */
const documents = 1000

const say = (line: string): void => void process.stderr.write(`${line}\n`)

const progress = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r${line.slice(0, process.stderr.columns - 1)}\x1b[K`)
}

/** What a run needs to know of its mongod. */
const describeMongod = async (uri: string): Promise<{ readonly pid: number, readonly version: string }> => {
  const client = new MongoClient(uri)
  try {
    const { pid, version }: { pid?: unknown, version?: unknown } = await client.db('admin').command({ serverStatus: 1 })
    return { pid: Number(pid), version: String(version) }
  } finally {
    await client.close()
  }
}

const stopAll = async (contenders: readonly Contender[]): Promise<void> => {
  await Promise.all(contenders.map((contender) => contender.stop()))
}

/** The processes of a run: this one with its children, and a mongod that isn't one of them. */
const withMongod = (pid: number): number[] => process.env.MONGODB_URI === undefined || process.env.MONGODB_URI === '' ? [process.pid] : [process.pid, pid]

const compare = async (options: BenchOptions, arena: Arena, machine: Machine, mongodPid: number, signal: AbortSignal): Promise<number> => {
  const { measures, rounds, seconds, out, check } = options
  const contenders: Contender[] = []
  try {
    for (const name of options.contenders) {
      signal.throwIfAborted()
      progress(`starting ${name}`)
      contenders.push(await startContender(name, arena))
    }
    const disturbance = await watchDisturbance(withMongod(mongodPid))
    const cells = await runRounds({
      contenders, measures, rounds, ms: seconds * 1000, mongodPid, signal,
      onRun: (contender, measure, round) => progress(`${measure}: ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}, ${contender}`)
    })
    const report = makeReport(cells, machine, { documents, seconds, rounds, others: await disturbance() })
    progress('')
    process.stdout.write(`${reportText(report)}\n`)
    await writeReport(report, out)
    return statusOf(report, check)
  } finally {
    await stopAll(contenders)
  }
}

const scale = async (options: BenchOptions, arena: Arena, machine: Machine, mongodPid: number, signal: AbortSignal): Promise<number> => {
  const disturbance = await watchDisturbance(withMongod(mongodPid))
  const results = await measureScale(options, arena, mongodPid, progress, signal)
  const others = await disturbance()
  progress('')
  return reportScale(results, machine, others, options)
}

/** Exit status of the whole command: 0, or with --check 1 where a target was missed; 2 where nothing could be measured, or with --check not well enough. */
const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(usage)
    return 0
  }
  const stop = new AbortController()
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort(new LoadError('stopped'))
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const database = await openDatabase(undefined, say)
  try {
    const { pid, version } = await describeMongod(database.uri)
    const generator = startWorker('http-load.ts')
    try {
      const arena = { mongodbUri: database.uri, generator, documents, options, log: say }
      return await (options.scale ? scale : compare)(options, arena, describeMachine(version), pid, stop.signal)
    } finally {
      await generator.stop()
    }
  } finally {
    await database.stop()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof Error)) throw error
  const planned = error instanceof LoadError || ('code' in error && typeof error.code === 'string')
  say(planned ? `bench: ${error.message}` : error.stack ?? error.message)
  process.exitCode = 2
}
