import type { LoadOptions, ServerName } from './options.js'
import { run, type GoingRun } from './run.js'
import { summarize, type Summary } from './summary.js'
import type { Database } from './targets.js'

/** Is told how a run goes on, and shows it. */
export interface Watcher {
  /** An API is up next: where it is a server of ours it is started now, then the documents are created. */
  readonly onNext?: (target: string) => void
  /** Its editors begin. Gives what is called when the run is over, whether it could be judged or not. */
  readonly onStart: (target: string, going: GoingRun) => (() => void)
  /** Its run could be judged. */
  readonly onSummary?: (target: string, summary: Summary) => void
}

/** What each run of a command has in common. */
export interface Runs {
  readonly options: Pick<LoadOptions, 'api' | 'editing'>
  /** Aborted to end a run early; it is judged all the same, and no other begins. */
  readonly stop: AbortSignal
  readonly watcher: Watcher
}

/** One run against the collection at `url`; `target` is what to call it. Throws LoadError as `run` does. */
export const runUrl = async (url: URL, { options: { api, editing }, stop, watcher }: Runs, target = url.href): Promise<Summary> => {
  let end = () => {}
  const result = await run({ url, api, editing, stop, onStart: (going) => { end = watcher.onStart(target, going) } }).finally(() => end())
  const summary = summarize(target, editing, result)
  watcher.onSummary?.(target, summary)
  return summary
}

/** What servers need beside the runs against them. */
export interface Surroundings {
  readonly database: Database
  /** Takes a line where the service is built first. */
  readonly log: (line: string) => void
}

/**
 * Starts each server in turn, all on one mongod, and runs the editors against it: at once they would take the processor from each
 * other. Throws LoadError.
 */
export const runInTurn = async (names: readonly ServerName[], runs: Runs, { database, log }: Surroundings): Promise<Summary[]> => {
  // Only here: it brings the database driver, and takes longer to load than all the rest.
  const { startTarget } = await import('./targets.js')
  const summaries: Summary[] = []
  for (const name of names) {
    if (runs.stop.aborted) break
    runs.watcher.onNext?.(name)
    const server = await startTarget(name, database.uri, log)
    try {
      summaries.push(await runUrl(new URL('/api/articles', server.origin), runs, name))
    } finally {
      await server.stop()
    }
  }
  return summaries
}
