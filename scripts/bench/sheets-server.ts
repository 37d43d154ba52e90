/*
 * The service under test, its parts and settings as in `server.ts` with history on, with sheets of 20 fields beside its articles.
 * `BUILD` is the directory of the build to measure.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Type } from '@sinclair/typebox'
import type * as Noclobber from '../../src/index.js'
import { fields } from '../peers/sheet-fields.js'

const { BUILD: build = 'dist', MONGODB_URI: mongodbUri = '', MONGODB_DB: database = '' } = process.env
const file = ['index.js', 'index.ts'].map((name) => resolve(join(build, name))).find((path) => existsSync(path))
if (file === undefined) throw new Error(`${build} holds no index.js: build the service first`)
const { articles, buildApp, defineResource } = await import(pathToFileURL(file).href) as typeof Noclobber

const sheets = defineResource({ name: 'sheets', noun: 'sheet', schema: Type.Object(Object.fromEntries(fields.map((field) => [field, Type.String({ maxLength: 200 })]))) })
const app = await buildApp({
  mongodbUri, database, resources: [articles, sheets], historyLimit: 50,
  bodyLimit: 1_048_576, tombstoneDays: 0, storeMode: 'group', requestTimeoutMs: 30_000, closeGraceMs: 10_000, logger: false
})
process.once('SIGTERM', () => void app.close())
console.log(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}`)
