import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { failureText, LoadError } from '../load-error.js'
import { runInTurn, runUrl, type Runs } from '../in-turn.js'
import { serverNames, type LoadOptions, type ServerName } from '../options.js'
import type { Summary } from '../summary.js'
import type { Database } from '../targets.js'
import { Board } from './board.js'
import { buildDashboardPage } from './build.js'
import { formOf, readForm, readServers } from './form.js'
import { buildDashboardServer } from './server.js'
import type { RunForm } from './state.js'

export interface Dashboard {
  readonly options: LoadOptions
  /** 0 for a free one. */
  readonly port: number
  /** Aborted to end all. */
  readonly stop: AbortSignal
  /** Called once the page can be opened. */
  readonly onListening: (url: string) => void
  /** Takes lines on what goes on. */
  readonly log: (line: string) => void
  /** Told what runs came to that began together; gives the exit status for it. */
  readonly report: (summaries: readonly Summary[]) => Promise<number>
}

/**
 * Serves the dashboard on 127.0.0.1 and makes the runs that its page asks for, until `stop`. Gives the exit status of
 * the last of them: 0 also where there was none, 2 where it failed. Throws LoadError where the port can't be had.
 */
export const serveDashboard = async ({ options, port, stop, onListening, log, report }: Dashboard): Promise<number> => {
  const { target } = options
  const board = new Board({ form: formOf(options), servers: target.kind === 'url' ? [] : serverNames, cores: availableParallelism() })
  let status = 0
  let database: Database | undefined
  let running = Promise.resolve()
  let stopRun = new AbortController()

  const load = async (names: readonly ServerName[], runs: Runs): Promise<readonly Summary[]> => {
    if (target.kind === 'url') return [await runUrl(target.url, runs)]
    const { openDatabase } = await import('../targets.js')
    database ??= await openDatabase(options.mongodbUri, log)
    return await runInTurn(names, runs, { database, log })
  }

  const start = (form: RunForm): void => {
    if (stop.aborted) throw new LoadError('the load script is being ended')
    const asked = readForm(options.flags, form)
    const names = target.kind === 'url' ? [] : readServers(form)
    stopRun = new AbortController()
    board.begin(form, target.kind === 'url' ? [target.url.href] : names)
    const runs = { options: asked, watcher: board, stop: AbortSignal.any([stop, stopRun.signal]) }
    running = load(names, runs).then(async (summaries) => {
      if (summaries.length > 0) status = await report(summaries)
    }).catch((error: unknown) => {
      const problem = failureText(error)
      log(`load: ${problem}`)
      board.fail(problem)
      status = 2
    }).finally(() => board.finish())
  }

  const app = await buildDashboardServer({ board, page: await buildDashboardPage(), start, stop: () => stopRun.abort() })
  const url = await app.listen({ host: '127.0.0.1', port }).catch((error: unknown) => {
    throw new LoadError(`--serve ${port}: ${failureText(error)}: give another port, or none for a free one`)
  })
  onListening(`${url}/`)
  if (!stop.aborted) await once(stop, 'abort')
  await running
  board.end()
  await app.close()
  await database?.stop()
  return status
}
