import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { findMongod } from '../src/embedded-mongod/find-binary.js'
import { mongodOn, until } from './mongod-on.js'
import { mongodbUri } from './mongodb-uri.js'
import { runTypeScript, runTypeScriptCovered } from './run-typescript.js'

// Each service has to be compiled first, on a machine that has other work.
t.setTimeout(180_000)
const binary = await findMongod({ binary: process.env.MONGOD_BINARY, log: (line) => t.comment(line) })

interface Service {
  readonly child: ChildProcess
  /** Directory that it runs in, with its data. */
  readonly directory: string
  /** What it has printed to stdout and stderr, once it has ended. */
  readonly printed: Promise<readonly [string, string]>
  readonly ended: Promise<number | NodeJS.Signals>
  /** The URL in the line that says that it listens. */
  readonly url: Promise<string>
}

const serve = (t: Test, directory: string, settings: Record<string, string>, run = runTypeScript): Service => {
  const [command, args] = run(resolve('src/server.ts'))
  const child = spawn(command, args, {
    cwd: directory, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    // The configuration of the compiler is the same in each directory, or else its outputs differ and coverage can't be added up.
    env: { ...process.env, TS_NODE_PROJECT: resolve('tsconfig.json'), MONGOD_BINARY: binary, PORT: '0', LOG_LEVEL: 'silent', ...settings }
  })
  t.teardown(() => child.kill('SIGKILL'))
  const url = new Promise<string>((found) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const line = /listening on (http:\S+)/.exec(chunk.toString())
      if (line?.[1] !== undefined) found(line[1])
    })
  })
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => (signal ?? code) as number | NodeJS.Signals)
  return { child, directory, printed: Promise.all([text(child.stdout), text(child.stderr)]), ended, url }
}
const inDirectory = (t: Test): string => realpathSync(t.testdir({}))
const dataOf = ({ directory }: Service): string => join(directory, '.data')

t.test('it serves on a mongod of its own, and SIGTERM ends both', async (t) => {
  const service = serve(t, inDirectory(t), {}, runTypeScriptCovered)
  const url = await service.url
  t.equal((await fetch(`${url}/health/live`)).status, 200)
  t.ok(await mongodOn(dataOf(service)))

  t.test('a second one on the same DATA_DIR stops with a line that says so, and the first goes on', async (t) => {
    const second = serve(t, service.directory, {})
    t.equal(await second.ended, 1)
    t.strictSame(await second.printed, ['', `noclobber: DATA_DIR ${dataOf(service)} is in use by another instance of this service (process ${String(service.child.pid)}). Stop it, or set DATA_DIR to another directory\n`])
    t.equal((await fetch(`${url}/health/live`)).status, 200)
  })

  t.test('a port that is taken stops the start, with a line, and leaves no mongod', async (t) => {
    const { hostname, port } = new URL(url)
    const other = serve(t, inDirectory(t), { PORT: port }, runTypeScriptCovered)
    t.equal(await other.ended, 1)
    t.strictSame(await other.printed, ['', `noclobber: Cannot listen on ${url} (listen EADDRINUSE: address already in use ${hostname}:${port}): set HOST and PORT to an address of this machine that is free\n`])
    t.ok(existsSync(dataOf(other)), 'it had begun')
    t.equal(await mongodOn(dataOf(other)), undefined)
  })

  t.test('SIGTERM', async (t) => {
    service.child.kill('SIGTERM')
    t.equal(await service.ended, 0)
    t.equal(await mongodOn(dataOf(service)), undefined)
    t.strictSame(await service.printed, [`noclobber listening on ${url}\n`, ''])
    await t.rejects(fetch(`${url}/health/live`))
  })
})

t.test('Ctrl-C, which the terminal sends to the group and npm once more, closes the service first, then mongod', async (t) => {
  const service = serve(t, inDirectory(t), {})
  await service.url
  const group = -(service.child.pid ?? NaN)
  process.kill(group, 'SIGINT')
  await until(async () => /"id":23378,/.test(readFileSync(join(dataOf(service), 'mongod.log'), 'utf8')) || await mongodOn(dataOf(service)) === undefined)
  service.child.kill('SIGINT')
  t.equal(await service.ended, 0)
  t.equal(await mongodOn(dataOf(service)), undefined)
  const senders = [...readFileSync(join(dataOf(service), 'mongod.log'), 'utf8').matchAll(/"id":23378,.*"attr":\{"pid":(\d+)/g)].map(([, pid]) => Number(pid))
  t.strictSame(senders, [service.child.pid], 'the one signal that mongod got is from the service')
})

t.test('a signal while it starts ends it, and leaves no mongod', async (t) => {
  const service = serve(t, inDirectory(t), {})
  await until(() => existsSync(join(dataOf(service), 'mongod.log')))
  service.child.kill('SIGTERM')
  t.equal(await service.ended, 0)
  t.equal(await mongodOn(dataOf(service)), undefined)
  t.strictSame(await service.printed, ['', ''])
})

t.test('with MONGODB_URI it starts no mongod', async (t) => {
  const service = serve(t, inDirectory(t), { MONGODB_URI: mongodbUri(), MONGODB_DB: 'server-test', HOST: '::1' })
  const url = await service.url
  t.match(url, /^http:\/\/\[::1\]:\d+$/)
  t.equal((await fetch(`${url}/health/live`)).status, 200)
  t.notOk(existsSync(dataOf(service)))
  service.child.kill('SIGTERM')
  t.equal(await service.ended, 0)
})

t.test('wrong settings stop the start with one line, before anything runs', async (t) => {
  const service = serve(t, inDirectory(t), { PORT: 'x', HOST: '0.0.0.0' }, runTypeScriptCovered)
  t.equal(await service.ended, 1)
  t.strictSame(await service.printed, ['', 'noclobber: PORT is "x" and must be an integer from 0 to 65535; HOST is "0.0.0.0" and must be a loopback address (127.0.0.1, ::1, localhost) as there is no sign-in, unless ALLOW_ANONYMOUS=true\n'])
  t.notOk(existsSync(dataOf(service)))
})
