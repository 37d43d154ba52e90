/*
 * Simulates people who edit the same documents of an HTTP API at the same time, and proves whether updates were lost: see proof.ts
 * for how. `npm run load -- --help` lists the options.
 */
import { access, constants, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runInTurn, runUrl, type Runs } from './in-turn.js'
import { showLiveLine } from './live-line.js'
import { failureText, LoadError } from './load-error.js'
import { parseOptions, serverNames, usage, type LoadOptions, type ServerName } from './options.js'
import { reportPage } from './page.js'
import { comparisonTable, reportText } from './report.js'
import { runSubscribers, subscribersText, toldAll, type SubscribersSummary } from './subscribers.js'
import type { Summary } from './summary.js'

const say = (line: string) => void process.stderr.write(`${line}\n`)

/** A Ctrl-C that follows another one so soon is the same: npm passes on what the terminal has sent to all. */
const sameSignalMs = 1_000

const defaultEdits = 100
const defaultEditsPerSecond = 10

/** Has so many listen to the API, or to the service, which is started for it. */
const loadSubscribers = async (subscribers: number, { target, api, editing, mongodbUri }: LoadOptions, stop: AbortSignal): Promise<SubscribersSummary> => {
  const { documents, end, rate = defaultEditsPerSecond } = editing
  const runAt = async (collection: URL) => await runSubscribers({ collection, headers: api.headers, subscribers, documents, edits: end.kind === 'edits' ? end.count : defaultEdits, editsPerSecond: rate, silenceMs: api.timeoutMs, stop })
  if (target.kind === 'url') return await runAt(target.url)
  const { openDatabase, startTarget } = await import('./targets.js')
  const database = await openDatabase(mongodbUri, say)
  try {
    const server = await startTarget('noclobber', database.uri, say, { MAX_SUBSCRIBERS: String(subscribers) })
    return await runAt(new URL('/api/articles', server.origin)).finally(() => server.stop())
  } finally {
    await database.stop()
  }
}

const load = async (options: LoadOptions, stop: AbortSignal): Promise<Summary[]> => {
  const runs: Runs = { options, stop, watcher: { onStart: (_target, { tally }) => showLiveLine(tally) } }
  const loadServers = async (...names: readonly ServerName[]) => {
    const { openDatabase } = await import('./targets.js')
    const database = await openDatabase(options.mongodbUri, say)
    return await runInTurn(names, runs, { database, log: say }).finally(() => database.stop())
  }
  switch (options.target.kind) {
    case 'url': return [await runUrl(options.target.url, runs)]
    case 'own': return await loadServers('noclobber')
    case 'peer': return await loadServers(options.target.name)
    case 'compare': return await loadServers(...serverNames)
  }
}

/** Says what the runs came to, and writes it where the options say; gives the exit status, which is that of the first of them. */
const report = async (summaries: readonly Summary[], { json, html }: LoadOptions, compared: boolean): Promise<number> => {
  process.stdout.write(`${summaries.map(reportText).join('\n\n')}\n`)
  if (compared) process.stdout.write(`\n${comparisonTable(summaries)}\n`)
  if (json !== undefined) await writeFile(json, `${JSON.stringify(compared ? summaries : summaries[0], null, 2)}\n`)
  if (html !== undefined) await writeFile(html, await reportPage(summaries))
  const [judged] = summaries
  return judged !== undefined && judged.findings.length === 0 ? 0 : 1
}

/** Better before a run than after it. Throws LoadError. */
const checkWritable = async (flag: string, file: string | undefined): Promise<void> => {
  if (file === undefined) return
  await access(dirname(file), constants.W_OK).catch(() => {
    throw new LoadError(`${flag} ${file}: give a file in a directory that is there and can be written`)
  })
}

/** Exit status of a whole command: 0, 1 where something was lost (in a comparison: by the service itself), 2 where nothing could be judged; with a page, of its last run. */
const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(usage)
    return 0
  }
  await checkWritable('--json', options.json)
  await checkWritable('--html', options.html)
  const stop = new AbortController()
  let since = -Infinity
  process.on('SIGINT', () => {
    if (performance.now() - since < sameSignalMs) return
    if (stop.signal.aborted) process.exit(130)
    since = performance.now()
    say(`stopping${options.servePort === undefined ? ': reading the documents once more' : ''}; again to leave at once`)
    stop.abort()
  })
  process.on('SIGTERM', () => stop.abort())
  if (options.subscribers !== undefined) {
    const summary = await loadSubscribers(options.subscribers, options, stop.signal)
    process.stdout.write(`${subscribersText(summary)}\n`)
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(summary, null, 2)}\n`)
    return toldAll(summary) ? 0 : 1
  }
  if (options.servePort !== undefined) {
    const { serveDashboard } = await import('./dashboard/serve.js')
    return await serveDashboard({
      options,
      port: options.servePort,
      stop: stop.signal,
      onListening: (url) => process.stdout.write(`load: open ${url} (Ctrl-C ends it)\n`),
      log: say,
      report: async (summaries) => await report(summaries, options, summaries.length > 1)
    })
  }
  return await report(await load(options, stop.signal), options, options.target.kind === 'compare')
}

try {
  process.exitCode = await main()
} catch (error) {
  say(`load: ${failureText(error)}`)
  process.exitCode = 2
}
