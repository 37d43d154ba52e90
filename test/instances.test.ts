import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { MongoClient } from 'mongodb'
import { runLoadForSummary } from './load/run-load.js'
import { mongodbUri } from './mongodb-uri.js'
import { runTypeScript } from './run-typescript.js'

t.setTimeout(180_000)

/** The processes that are children of `pid`. */
const childrenOf = (pid: number): number[] => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter((part) => part !== '').map(Number)

t.test('two instances on one port and one database lose nothing, also when one of them is killed', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const database = `instances-${randomBytes(6).toString('hex')}`
  const uri = mongodbUri()
  t.teardown(async () => {
    const client = new MongoClient(uri)
    await client.db(database).dropDatabase()
    await client.close()
  })
  const [command, args] = runTypeScript('src/server.ts')
  const child = spawn(command, [...args, '--instances', '2'], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, MONGODB_URI: uri, MONGODB_DB: database, PORT: '0', LOG_LEVEL: 'silent' } })
  t.teardown(() => child.kill('SIGKILL'))
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString() })
  const [line] = await once(child.stdout, 'data') as [Buffer]
  const url = /listening on (\S+)/.exec(line.toString())?.[1] ?? ''
  const instances = childrenOf(child.pid ?? 0).length
  t.ok(instances >= 2, `${instances} processes`)

  const load = runLoadForSummary(t.testdir({}), ['--url', `${url}/api/articles`, '--edits', '400', '--editors', '16', '--documents', '3', '--think', '0', '--seed', '1'])
  const { status, stdout } = await load
  t.equal(status, 0, stdout)

  const counted = async (): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text()
    const edits = [...text.matchAll(/^http_request_duration_seconds_count\{method="(?:PUT|PATCH)",route="\/api\/articles\/:id",status="200"\} (\d+)$/gm)]
    return edits.reduce((sum, [, count]) => sum + Number(count), 0)
  }
  const edits = await counted()
  t.ok(edits >= 400, '/metrics shows what all instances have done together')
  t.equal(await counted(), edits, 'whichever answers')

  const [victim] = childrenOf(child.pid ?? 0)
  const again = runLoadForSummary(t.testdir({ again: {} }), ['--url', `${url}/api/articles`, '--edits', '400', '--editors', '16', '--documents', '3', '--think', '0', '--seed', '2'])
  await fetch(`${url}/api/articles`)
  if (victim !== undefined) process.kill(victim, 'SIGKILL')
  const second = await again
  t.equal(second.status, 0, second.stdout)
  while (!said.includes('is replaced')) await once(child.stderr, 'data')
  t.match(said, /Instance \d+ ended \(SIGKILL\): it is replaced/)

  child.kill('SIGTERM')
  t.strictSame(await once(child, 'exit'), [0, null])
})
