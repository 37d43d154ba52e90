import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { appOptionsOf } from './app-options.js'
import { buildApp } from './app.js'
import type { Settings } from './settings.js'
import { startError } from './start-error.js'
import { startTracing } from './tracing.js'

/** A service that listens, in this process or in others. */
export interface Service {
  /** Where it listens, such as `http://127.0.0.1:3000`. */
  readonly url: string
  /** Resolves when what was under way has been answered, and nothing listens any more. */
  close(): Promise<void>
}

/** A host as it stands in a URL. */
const hostOf = (host: string): string => host.includes(':') ? `[${host}]` : host

/** The URL of what listens at an address. */
export const urlOf = ({ HOST }: Pick<Settings, 'HOST'>, { port }: Pick<AddressInfo, 'port'>): string => `http://${hostOf(HOST)}:${port}`

/** Lines are written some at a time, since a write for each costs more than the line; what waits is written when the process ends by itself. */
const logOutput = () => pino.destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: 500 })

/** Where `npm run build` puts the web page. What was started without that has none. */
const builtPage = fileURLToPath(new URL('../dist/page', import.meta.url))

/** Starts the service in this process. Throws a start error where it can't listen. */
export const startService = async (settings: Settings, mongodbUri: string, closeGraceMs: number): Promise<Service> => {
  const collector = settings.OTEL_EXPORTER_OTLP_ENDPOINT
  const tracing = collector === undefined ? undefined : await startTracing(collector)
  const options = appOptionsOf(settings)
  const app = await buildApp({
    ...options,
    mongodbUri,
    closeGraceMs,
    logger: settings.LOG_LEVEL !== 'silent' && { level: settings.LOG_LEVEL, stream: logOutput() },
    platform: { ...options.platform, tracing: tracing?.plugin },
    page: existsSync(builtPage) ? builtPage : undefined
  })
  const close = async (): Promise<void> => {
    await app.close()
    await tracing?.close()
  }
  const { HOST: host, PORT: port } = settings
  try {
    await app.listen({ host, port })
  } catch (error) {
    await close()
    throw startError(`Cannot listen on ${urlOf(settings, { port })} (${error instanceof Error ? error.message : String(error)}): set HOST and PORT to an address of this machine that is free`, error)
  }
  const address = app.server.address()
  return { url: urlOf(settings, typeof address === 'object' && address !== null ? address : { port }), close }
}
