import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LoadError } from '../load/load-error.js'
import { startServer, type ServerProcess } from '../load/server-process.js'
import { contenderLabels, type ContenderName } from './contender-names.js'
import { startEve } from './eve.js'
import type { BenchOptions } from './options.js'
import type { Job, WorkerSample } from './sample.js'
import { startWorker, type Worker } from './worker.js'

/** One that runs and is ready for its turn. */
export interface Contender {
  readonly name: ContenderName
  /** The process whose CPU time counts, with its children. */
  readonly pid: number
  run(job: Omit<Extract<Job, { kind: 'run' }>, 'kind' | 'contender'>): Promise<WorkerSample>
  stop(): Promise<void>
}

/** What all contenders of a run share. */
export interface Arena {
  readonly mongodbUri: string
  /** The load generator for all that speak HTTP. */
  readonly generator: Worker
  readonly documents: number
  readonly options: Pick<BenchOptions, 'server' | 'baseline'>
  /** Takes lines on what takes its time, such as an installation. */
  readonly log: (line: string) => void
}

const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** `node` arguments for a file, TypeScript or not. */
const argsFor = (file: string): string[] => {
  if (!existsSync(file)) throw new LoadError(`${file} is not there: run \`npm run build\` first, or give another file`)
  return file.endsWith('.ts') ? ['--import', 'tsx', file] : [file]
}

/** What no peer does either: logs, limits, security headers, metrics. */
const bare = { LOG_LEVEL: 'silent', RATE_LIMIT_MAX: '0', HANDLER_TIMEOUT_MS: '0', MAX_CONCURRENT_REQUESTS: '0', MAX_EVENT_LOOP_DELAY_MS: '0', SECURITY_HEADERS: 'false', COMPRESSION: 'false', METRICS: 'false' }

/** All of that, and CORS; the rate limit counts, and lets the load through. */
const production = { LOG_LEVEL: 'info', RATE_LIMIT_MAX: '1000000000', HANDLER_TIMEOUT_MS: '30000', MAX_CONCURRENT_REQUESTS: '2000', MAX_EVENT_LOOP_DELAY_MS: '1000', SECURITY_HEADERS: 'true', COMPRESSION: 'true', METRICS: 'true', CORS_ORIGIN: 'https://app.example' }

/** The service under test, with history off, nothing around the resources, and `extra` settings. */
export const startService = (name: string, file: string | undefined, env: Readonly<Record<string, string>>, extra: Readonly<Record<string, string>> = {}): Promise<ServerProcess> =>
  startServer(name, argsFor(file ?? fileOf('dist/server.js')), { ...env, ...bare, HISTORY_LIMIT: '0', ...extra })

/** The environment of a server on a free port and a new database. All are asked for the same promise: majority and journal. */
export const serverEnv = (name: string, mongodbUri: string): Readonly<Record<string, string>> => {
  const uri = new URL(mongodbUri)
  uri.searchParams.set('w', 'majority')
  uri.searchParams.set('journal', 'true')
  uri.searchParams.set('readConcernLevel', 'majority')
  return { HOST: '127.0.0.1', PORT: '0', MONGODB_URI: uri.href, MONGODB_DB: `bench_${name}_${randomBytes(4).toString('hex')}`, NODE_ENV: 'production' }
}

const startOverHttp = (name: ContenderName, env: Readonly<Record<string, string>>, { options: { server, baseline }, log }: Arena): Promise<ServerProcess> => {
  switch (name) {
    case 'raw': throw new LoadError('the bare loop is no server')
    case 'no-database': return startServer(name, argsFor(fileOf('scripts/bench/no-database.ts')), env)
    case 'naive':
    case 'mongoose': return startServer(name, argsFor(fileOf(`scripts/peers/${name}.ts`)), env)
    case 'eve': return startEve(env, log)
    case 'ours': return startService(name, server, env)
    case 'ours-history': return startService(name, server, env, { HISTORY_LIMIT: '50' })
    case 'ours-merging': return startServer(name, argsFor(fileOf('scripts/bench/sheets-server.ts')), { ...env, BUILD: dirname(server ?? fileOf('dist/server.js')) })
    case 'ours-single': return startService(name, server, env, { STORE_MODE: 'single' })
    case 'ours-cold': return startService(name, server, env, { KEPT_BYTES: '0' })
    case 'ours-linearizable': return startService(name, server, env, { READ_CONCERN: 'linearizable' })
    case 'ours-production': return startService(name, server, env, production)
    case 'ours-baseline': return startService(name, baseline, env)
  }
}

/** Starts a contender, on a database of its own, and stores the documents that it is measured with. */
export const startContender = async (name: ContenderName, arena: Arena): Promise<Contender> => {
  const { generator, documents } = arena
  const env = serverEnv(name, arena.mongodbUri)
  const contender = contenderLabels[name]
  const server = name === 'raw' ? startWorker('raw-loop.ts', env) : await startOverHttp(name, env, arena)
  const worker = 'origin' in server ? generator : server
  const collection = 'origin' in server ? `${server.origin}/api/articles` : ''
  try {
    await worker.ask({ kind: 'prepare', contender, collection, documents })
  } catch (error) {
    await server.stop()
    throw error
  }
  return { name, pid: server.pid, run: (job) => worker.run({ ...job, kind: 'run', contender }), stop: () => server.stop() }
}
