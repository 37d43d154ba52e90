import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, realpathSync, truncateSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { mongodOn, until } from '../mongod-on.js'
import { runTypeScript } from '../run-typescript.js'

t.setTimeout(150_000)
const binary = await findMongod({ binary: process.env.MONGOD_BINARY, log: (line) => t.comment(line) })

const serve = (t: Test, settings: Record<string, string>, within: readonly string[] = []) => {
  const [command = '', ...args] = [...within, ...runTypeScript(resolve('src/server.ts')).flat()]
  const child = spawn(command, args, { env: { ...process.env, MONGOD_BINARY: binary, PORT: '0', LOG_LEVEL: 'silent', CLOSE_GRACE_MS: '3000', ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const said: string[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const url = once(child.stdout, 'data').then(([chunk]: unknown[]) => /listening on (\S+)/.exec(String(chunk))?.[1] ?? '')
  const ended = once(child, 'exit').then(([code]: unknown[]) => code)
  return { url, ended, printed: Promise.all([text(child.stdout), text(child.stderr)]), stderr: () => said.join(''), stop: () => child.kill('SIGTERM') }
}

const ready = async (url: string) => until(async () => (await fetch(`${url}/health/ready`)).status === 200)

t.test('no room left while 8 editors write: nothing acknowledged is missing after there is room again, and one line says what to do', async (t) => {
  // A limit on the size of a file fails the same writes of mongod as a disk that is full does, for every user and on every system.
  const directory = realpathSync(t.testdir({ limit: '8192', 'limited-mongod': `#!/bin/sh\n[ "$1" = --version ] || { trap '' XFSZ; ulimit -f "$(cat "\${0%/*}/limit")"; }\nexec ${binary} "$@"\n` }))
  const limited = join(directory, 'limited-mongod')
  chmodSync(limited, 0o755)
  const dataDir = join(directory, 'data')
  const settings = { DATA_DIR: dataDir, MONGOD_BINARY: limited }
  const service = serve(t, settings)
  const url = await service.url

  const acknowledged: string[] = []
  const outcomes = new Map<string, string>()
  let created = 0
  const editor = async () => {
    while (outcomes.size < 16) {
      const at = `/api/articles/${(++created).toString(16).padStart(24, '0')}`
      const reply = await fetch(url + at, {
        method: 'PUT', headers: { 'content-type': 'application/json', 'if-none-match': '*' }, body: JSON.stringify({ title: at, body: randomBytes(60_000).toString('base64') })
      })
      const { type, outcome } = await reply.json() as { type?: string, outcome: string }
      if (reply.status === 201) acknowledged.push(at)
      else {
        t.strictSame([reply.status, type, reply.headers.get('retry-after')], [503, '/problems/unavailable', '1'])
        outcomes.set(at, outcome)
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, editor))
  t.ok(acknowledged.length > 0)
  t.strictSame([...new Set(outcomes.values())].filter((outcome) => outcome !== 'unknown' && outcome !== 'not-applied'), [])
  await until(() => service.stderr().includes('\n'))
  const [line = ''] = service.stderr().split('\n')
  const reason = /\((.*); \d+ MB are free\)/.exec(line)?.[0] ?? ''
  t.match(reason, /File too large/)
  t.equal(line, `noclobber: mongod ended while it was needed. DATA_DIR ${dataDir} has no room left for mongod ${reason}. Make room on its disk, and delete nothing in it: all that was acknowledged is there. It starts again by itself once it can; what it says is in ${join(dataDir, 'mongod.log')}`)
  t.equal((await fetch(`${url}/health/live`)).status, 200)

  writeFileSync(join(directory, 'limit'), 'unlimited')
  service.stop()
  t.equal(await service.ended, 0)
  const next = serve(t, settings)
  const again = await next.url
  await ready(again)
  for (const at of acknowledged) t.match(await (await fetch(again + at)).json(), { version: 1, title: at })
  for (const [at, outcome] of outcomes) {
    const { status } = await fetch(again + at)
    t.ok(outcome === 'not-applied' ? status === 404 : status === 404 || status === 200, `${outcome}: ${status}`)
  }
  t.equal((await fetch(again + '/api/articles', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"title":"A"}' })).status, 201)
  next.stop()
  t.equal(await next.ended, 0)

  t.test('a damaged file stops the start with exit code 1, one line, and no stack of mongod', async (t) => {
    truncateSync(join(dataDir, 'WiredTiger.turtle'))
    const damaged = serve(t, settings)
    t.equal(await damaged.ended, 1)
    const [stdout, stderr] = await damaged.printed
    t.equal(stdout, '')
    t.match(stderr, /^noclobber: The data in DATA_DIR .* is damaged, and mongod cannot read it \(.*WiredTiger\.turtle.*\)\. Delete nothing in it, .*\n$/)
    t.equal(stderr.split('\n').length, 2)
    t.equal(await mongodOn(dataDir), undefined)
  })
})

t.test('a disk without room stops the start with exit code 1 and one line', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const own = ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o size=4m tmpfs '${dataDir}' && exec "$@"`, 'sh'] as const
  const probe = spawn(own[0], [...own.slice(1), 'true'], { stdio: 'ignore' })
  const mounts = await new Promise<boolean>((resolve) => { probe.once('error', () => resolve(false)).once('exit', (code) => resolve(code === 0)) })
  if (!mounts) { t.comment('no file system may be mounted here: not tested'); return }
  const service = serve(t, { DATA_DIR: dataDir }, own)
  t.equal(await service.ended, 1)
  t.strictSame(await service.printed, ['', `noclobber: DATA_DIR ${dataDir} has no room left for mongod (4 MB are free). Make room on its disk, and delete nothing in it: all that was acknowledged is there\n`])
})
