/*
 * Simulates people who edit the same documents of an HTTP API at the same time, and proves whether updates were lost: see proof.ts
 * for how. `npm run load -- --help` lists the options.
 */
import { access, constants, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { showLiveLine } from './live-line.js'
import { LoadError } from './load-error.js'
import { parseOptions, usage, type LoadOptions } from './options.js'
import { reportPage } from './page.js'
import { comparisonTable, reportText } from './report.js'
import { run } from './run.js'
import { runSubscribers, subscribersText, toldAll, type SubscribersSummary } from './subscribers.js'
import { summarize, type Summary } from './summary.js'
import type { ServerName } from './targets.js'

const say = (line: string) => void process.stderr.write(`${line}\n`)

const loadUrl = async (target: string, url: URL, { api, editing }: LoadOptions, stop: AbortSignal): Promise<Summary> => {
  let endLine = () => {}
  try {
    const result = await run({ url, api, editing, stop, onStart: (tally) => { endLine = showLiveLine(tally) } })
    return summarize(target, editing, result)
  } finally {
    endLine()
  }
}

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

/** Starts each server in turn, all on one mongod, and loads it. */
const loadServers = async (names: readonly ServerName[], options: LoadOptions, stop: AbortSignal): Promise<Summary[]> => {
  // Only here: it brings the database driver, and takes longer to load than all the rest.
  const { openDatabase, startTarget } = await import('./targets.js')
  const database = await openDatabase(options.mongodbUri, say)
  try {
    const summaries: Summary[] = []
    for (const name of names) {
      if (stop.aborted) break
      const server = await startTarget(name, database.uri, say)
      try {
        summaries.push(await loadUrl(name, new URL('/api/articles', server.origin), options, stop))
      } finally {
        await server.stop()
      }
    }
    return summaries
  } finally {
    await database.stop()
  }
}

const load = async (options: LoadOptions, stop: AbortSignal): Promise<Summary[]> => {
  switch (options.target.kind) {
    case 'url': return [await loadUrl(options.target.url.href, options.target.url, options, stop)]
    case 'own': return loadServers(['noclobber'], options, stop)
    case 'peer': return loadServers([options.target.name], options, stop)
    case 'compare': return loadServers(['noclobber', 'mongoose', 'naive'], options, stop)
  }
}

/** Better before a run than after it. Throws LoadError. */
const checkWritable = async (flag: string, file: string | undefined): Promise<void> => {
  if (file === undefined) return
  await access(dirname(file), constants.W_OK).catch(() => {
    throw new LoadError(`${flag} ${file}: give a file in a directory that is there and can be written`)
  })
}

/** Exit status of a whole command: 0, 1 where something was lost (in a comparison: by the service itself), 2 where nothing could be judged. */
const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(usage)
    return 0
  }
  await checkWritable('--json', options.json)
  await checkWritable('--html', options.html)
  const stop = new AbortController()
  process.on('SIGINT', () => {
    if (stop.signal.aborted) process.exit(130)
    say('stopping: reading the documents once more; again to leave at once')
    stop.abort()
  })
  process.on('SIGTERM', () => stop.abort())
  if (options.subscribers !== undefined) {
    const summary = await loadSubscribers(options.subscribers, options, stop.signal)
    process.stdout.write(`${subscribersText(summary)}\n`)
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(summary, null, 2)}\n`)
    return toldAll(summary) ? 0 : 1
  }
  const summaries = await load(options, stop.signal)
  process.stdout.write(`${summaries.map(reportText).join('\n\n')}\n`)
  if (options.target.kind === 'compare') process.stdout.write(`\n${comparisonTable(summaries)}\n`)
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(options.target.kind === 'compare' ? summaries : summaries[0], null, 2)}\n`)
  if (options.html !== undefined) await writeFile(options.html, await reportPage(summaries))
  const [judged] = summaries
  return judged !== undefined && judged.findings.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof Error)) throw error
  const planned = error instanceof LoadError || ('code' in error && typeof error.code === 'string')
  say(planned ? `load: ${error.message}` : error.stack ?? error.message)
  process.exitCode = 2
}
