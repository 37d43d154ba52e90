import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { mongodbUri } from '../mongodb-uri.js'
import { runTypeScript } from '../run-typescript.js'

t.setTimeout(120_000)

t.test('what was logged last is written, too, when the service is stopped', async (t) => {
  const [command, args] = runTypeScript('src/server.ts')
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, MONGODB_URI: mongodbUri(), MONGODB_DB: 'log-output-test', PORT: '0', LOG_LEVEL: 'info' } })
  t.teardown(() => child.kill('SIGKILL'))
  const url = new Promise<string>((resolve) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /listening on (http:\S+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const printed = text(child.stdout)
  t.equal((await fetch(`${await url}/health/live`, { headers: { 'x-request-id': 'last' } })).status, 200)
  child.kill('SIGTERM')
  t.strictSame(await once(child, 'exit'), [0, null])
  const lines = (await printed).trimEnd().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>)
  t.match(lines.filter(({ requestId }) => requestId === 'last'), [{ level: 30, method: 'GET', route: '/health/live', status: 200, msg: 'request' }])
})
