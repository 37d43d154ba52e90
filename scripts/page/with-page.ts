import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appOptionsOf } from '../../src/app-options.js'
import { buildApp } from '../../src/app.js'
import { startEmbeddedMongod } from '../../src/embedded-mongod/start.js'
import { readSettings } from '../../src/settings.js'
import { buildPage } from './build.js'

/**
 * Runs `use` with the URL of the whole service with its page, as it is unless set otherwise, on a mongod of their own. Both end with it.
 * MONGOD_BINARY may say which mongod.
 */
export const withPage = async (use: (url: string) => Promise<void>): Promise<void> => {
  const scratch = mkdtempSync(join(tmpdir(), 'noclobber-page-'))
  const settings = readSettings({ MONGOD_BINARY: process.env.MONGOD_BINARY }, join(scratch, 'no-file'))
  const mongod = await startEmbeddedMongod({ dataDir: join(scratch, 'data'), binary: settings.MONGOD_BINARY, log: (line) => console.error(line) })
  try {
    await buildPage(join(scratch, 'page'))
    const app = await buildApp({ ...appOptionsOf(settings), mongodbUri: mongod.uri, closeGraceMs: 1_000, page: join(scratch, 'page') })
    try {
      await use(await app.listen({ host: '127.0.0.1', port: 0 }))
    } finally {
      await app.close()
    }
  } finally {
    await mongod.stop(1_000)
    rmSync(scratch, { recursive: true, force: true })
  }
}
