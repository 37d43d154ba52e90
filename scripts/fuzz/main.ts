/*
 * Sends the service what nobody would think of: see options.ts. Each reply is judged twice, by schemathesis from outside, and inside
 * the service by documented-replies.ts, which also finds members and headers that the document doesn't name.
 */
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { appOptionsOf } from '../../src/app-options.js'
import { buildApp } from '../../src/app.js'
import { readSettings } from '../../src/settings.js'
import { openDatabase } from '../load/targets.js'
import { operationsIn, withDocumentedReplies } from './documented-replies.js'
import { parseOptions, usage, UsageError, type FuzzOptions } from './options.js'
import { installSchemathesis, runSchemathesis } from './schemathesis.js'
import { Seen } from './seen.js'

const say = (line: string) => void process.stderr.write(`${line}\n`)

/** The service with its own settings, but for those that refuse requests because there are many. */
const buildService = (mongodbUri: string): Promise<FastifyInstance> => {
  const settings = appOptionsOf(readSettings({}, '/no/such/file'))
  return buildApp({
    ...settings,
    mongodbUri,
    database: `fuzz-${randomBytes(4).toString('hex')}`,
    platform: { ...settings.platform, maxEventLoopDelayMs: 0 }
  })
}

/** Exit status of the run: 0, 1 where a reply was wrong, 2 where too little was asked. */
const fuzz = async (mongodbUri: string, { cases, seed }: FuzzOptions): Promise<number> => {
  const seen = new Seen()
  const { app, faults } = await withDocumentedReplies(() => buildService(mongodbUri), (request, status) => seen.add(`${request.method} ${request.is404 ? '(no route)' : request.routeOptions.url ?? ''}`, status))
  try {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const startedAt = performance.now()
    const judged = await runSchemathesis(`http://127.0.0.1:${port}`, { seed, casesOfOperation: Math.ceil(cases / operationsIn(app.swagger())) })
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    say(seen.lines().join('\n'))
    const serverErrors = [...seen.byStatus()].filter(([status]) => status >= 500).reduce((sum, [, count]) => sum + count, 0)
    say(`${seen.total} requests in ${seconds} s, seed ${seed}: ${[...seen.byStatus()].map(([status, count]) => `${count} × ${status}`).join(', ')}`)
    say(`${serverErrors} of 5xx; ${faults.size} kinds of reply that the document does not tell of${[...faults].map((fault) => `\n  ${fault}`).join('')}`)
    if (judged !== 0 || serverErrors > 0 || faults.size > 0) return 1
    if (seen.total < cases) say(`fewer than ${cases} requests: the run says too little`)
    return seen.total < cases ? 2 : 0
  } finally {
    await app.close()
  }
}

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(usage)
    return 0
  }
  await installSchemathesis(say)
  const database = await openDatabase(undefined, say)
  try {
    return await fuzz(database.uri, options)
  } finally {
    await database.stop()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  if (error instanceof UsageError) say('npm run fuzz -- --help lists the options')
  process.exitCode = 2
}
