/*
 * Runs the service under faults and checks that what it promised was kept. `npm run torture -- --help` lists the options;
 * docs/torture.md says how it works.
 */
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildService } from '../load/build.js'
import { LoadError } from '../load/load-error.js'
import { defects, type Defect } from './defects.js'
import { readHistory, writeHistory } from './history-file.js'
import { parseOptions, usage, type TortureOptions } from './options.js'
import { plant } from './plant.js'
import type { RunRecord } from './record.js'
import { reportText } from './report.js'
import { checkRestarts } from './restarts.js'
import { run } from './run.js'
import { judge } from './verdict.js'

const say = (line: string): void => void process.stderr.write(`torture: ${line}\n`)

const perform = async (options: TortureOptions): Promise<RunRecord> => {
  const stop = new AbortController()
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130)
    say('stopping: what was recorded is checked; again to leave at once')
    stop.abort()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const { plant: name } = options
  const defect: Defect | undefined = name === undefined ? undefined : defects[name]
  const server = name === undefined || defect === undefined ? await buildService(say) : await plant(name, defect)
  return await run({ ...options, server, env: defect?.env ?? {}, log: say, stop: stop.signal })
}

/** Exit status: 0 every promise was kept, 1 one was broken or the run was too lazy to tell. */
const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(usage)
    return 0
  }
  const { check, seed, checkSeconds, leastRate, json, restarts } = options
  if (restarts !== undefined) return await checkRestarts(restarts, seed, say)
  const record = check === undefined ? await perform(options) : await readHistory(check)
  const verdict = judge(record, { checkMs: checkSeconds * 1_000, leastPerSecond: leastRate })
  process.stdout.write(`${reportText(record, verdict)}\n`)
  const passed = verdict.violations.length === 0 && verdict.lazy.length === 0
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ seconds: record.seconds, seed: record.seed, readConcern: record.readConcern, plant: record.plant, passed, ...verdict, injections: record.injections }, null, 2)}\n`)
  if (check === undefined && (!passed || options.history !== undefined)) {
    const file = options.history ?? join(tmpdir(), `noclobber-torture-${seed}-${Date.now()}.jsonl`)
    await writeHistory(file, record)
    process.stdout.write(`The history is kept; check it again with: npm run torture -- --check ${file}\n`)
  }
  return passed ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof Error)) throw error
  say(error instanceof LoadError ? error.message : error.stack ?? error.message)
  process.exitCode = 2
}
