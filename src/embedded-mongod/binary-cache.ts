import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const abandonedAfterMs = 86_400_000

/** The directory of this user where downloaded binaries stay: `noclobber` in XDG_CACHE_HOME, or in ~/.cache (XDG Base Directory Specification). */
export const cacheDirectory = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CACHE_HOME !== undefined && env.XDG_CACHE_HOME !== '' ? env.XDG_CACHE_HOME : join(homedir(), '.cache'), 'noclobber')

/** Where a mongod of this version for this machine stays in the cache. */
export const cachedBinary = (env: NodeJS.ProcessEnv, version: string): string =>
  join(cacheDirectory(env), `mongod-${version}-${process.platform}-${process.arch}`)

const removeAbandoned = async (cache: string): Promise<void> => {
  for (const name of await readdir(cache)) {
    const path = join(cache, name)
    if (name.startsWith('download-') && Date.now() - (await stat(path)).mtimeMs > abandonedAfterMs) await rm(path, { recursive: true, force: true })
  }
}

/**
 * Puts a binary into the cache at once or not at all: `fetch` makes it in a directory of its own and returns its path,
 * from where it is renamed, so that two processes may do this at the same time.
 * @returns the path of the binary in the cache
 */
export const addToCache = async (env: NodeJS.ProcessEnv, version: string, fetch: (directory: string) => Promise<string>): Promise<string> => {
  const cache = cacheDirectory(env)
  await mkdir(cache, { recursive: true })
  await removeAbandoned(cache)
  const directory = await mkdtemp(join(cache, 'download-'))
  try {
    const binary = await fetch(directory)
    await chmod(binary, 0o755)
    const target = cachedBinary(env, version)
    await rename(binary, target)
    return target
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
