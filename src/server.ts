import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { startEmbeddedMongod, type EmbeddedMongod } from './embedded-mongod/start.js'
import { startInstances } from './instances.js'
import { startService, type Service } from './service.js'
import { maskUri, readSettings, type Settings } from './settings.js'

const say = (line: string): void => void process.stderr.write(`noclobber: ${line}\n`)

/** What of the time for closing the app may take at most; the rest is for mongod. */
const shareOfApp = 0.7
/** A signal that follows another one so soon is the same Ctrl-C: npm passes on what the terminal has sent to all. */
const sameSignalMs = 1_000

const serve = async (settings: Settings): Promise<void> => {
  const starting = new AbortController()
  let mongod: EmbeddedMongod | undefined
  let service: Service | undefined

  const start = async (): Promise<void> => {
    if (settings.MONGODB_URI === undefined) {
      mongod = await startEmbeddedMongod({ dataDir: settings.DATA_DIR, binary: settings.MONGOD_BINARY, log: say, signal: starting.signal })
    }
    const mongodbUri = settings.MONGODB_URI ?? mongod?.uri ?? ''
    starting.signal.throwIfAborted()
    service = settings.INSTANCES > 1 && cluster.isPrimary
      ? await startInstances(settings, mongodbUri, say)
      : await startService(settings, mongodbUri, settings.CLOSE_GRACE_MS * shareOfApp)
    if (cluster.isPrimary) process.stdout.write(`noclobber listening on ${service.url}\n`)
  }

  /** Closes the service first, then mongod, within so many milliseconds in all. */
  const close = async (withinMs: number): Promise<void> => {
    const deadline = performance.now() + withinMs
    starting.abort()
    const closeApp = async (): Promise<void> => {
      await started
      await service?.close()
    }
    await Promise.race([
      closeApp().catch((error: unknown) => say(`The service did not close well: ${String(error)}`)),
      sleep(withinMs * shareOfApp, undefined, { ref: false })
    ])
    await mongod?.stop(Math.max(0, deadline - performance.now()))
  }

  const started = start().then(() => undefined, (error: unknown) => starting.signal.aborted ? undefined : { error })
  const grace = settings.CLOSE_GRACE_MS
  const closer = closeWithGrace({ delay: grace, logger: { error: (line) => say(String(line)) }, skip: ['SIGINT', 'SIGTERM'] }, async ({ err }) => {
    if (err) say(err.stack ?? err.message)
    // So that what is ended by force at last still counts as ended in time.
    await close(grace * 0.9)
  })
  let since: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (since === undefined) {
        since = performance.now()
        closer.close()
      } else if (performance.now() - since > sameSignalMs) {
        say(`${signal} again: exiting at once`)
        process.exit(1)
      }
    })
  }

  const failed = await started
  if (!failed) return
  closer.uninstall()
  await close(grace * 0.9)
  throw failed.error
}

const fail = (error: unknown, uri?: string): void => {
  const message = error instanceof Error ? error.message : String(error)
  say((uri === undefined ? message : message.replaceAll(uri, maskUri(uri))).split('\n').map((line) => line.trim()).filter((line) => line !== '').join(' '))
  process.exit(1)
}

try {
  const { values: { instances } } = parseArgs({ options: { instances: { type: 'string' } } })
  const settings = readSettings(instances === undefined ? process.env : { ...process.env, INSTANCES: instances })
  await serve(settings).catch((error: unknown) => fail(error, settings.MONGODB_URI))
} catch (error) {
  fail(error)
}
