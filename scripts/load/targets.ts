import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MongoClient } from 'mongodb'
import { startEmbeddedMongod } from '../../src/embedded-mongod/start.js'
import { buildService } from './build.js'
import type { ServerName } from './options.js'
import { startServer, type ServerProcess } from './server-process.js'

/** A mongod for the servers of a run. */
export interface Database {
  readonly uri: string
  readonly stop: () => Promise<void>
}

/**
 * The mongod at `uri`, else at the environment's MONGODB_URI, else an embedded one with data of its own that are removed by `stop`.
 * `log` takes lines on what the embedded one does, such as a download.
 */
export const openDatabase = async (uri: string | undefined, log: (line: string) => void): Promise<Database> => {
  const given = uri ?? process.env.MONGODB_URI
  if (given !== undefined && given !== '') return { uri: given, stop: () => Promise.resolve() }
  const dataDir = await mkdtemp(join(tmpdir(), 'noclobber-load-'))
  const mongod = await startEmbeddedMongod({ dataDir, binary: process.env.MONGOD_BINARY, log })
  return {
    uri: mongod.uri,
    stop: async () => {
      await mongod.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  }
}

/**
 * Starts a server on a free port and a new database of `mongodbUri`; its articles are at `/api/articles`, and
 * its `stop` drops that database. `log` takes a line where the service is built first. Throws LoadError.
 */
export const startTarget = async (name: ServerName, mongodbUri: string, log: (line: string) => void, settings: Readonly<Record<string, string>> = {}): Promise<ServerProcess> => {
  const database = `load_${name}_${randomBytes(4).toString('hex')}`
  const env = { HOST: '127.0.0.1', PORT: '0', MONGODB_URI: mongodbUri, MONGODB_DB: database, NODE_ENV: 'production', LOG_LEVEL: 'error', ...settings }
  const file = name === 'noclobber' ? [await buildService(log)] : ['--import', 'tsx', fileURLToPath(new URL(`../peers/${name}.ts`, import.meta.url))]
  const server = await startServer(name, file, env)
  return {
    ...server,
    stop: async () => {
      await server.stop()
      const client = new MongoClient(mongodbUri)
      await client.db(database).dropDatabase().finally(() => client.close())
    }
  }
}
