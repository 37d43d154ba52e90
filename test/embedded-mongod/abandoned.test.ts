import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { startEmbeddedMongod } from '../../src/embedded-mongod/start.js'
import { insertNote, mongodOn, noteIds, until } from '../mongod-on.js'
import { runTypeScript } from '../run-typescript.js'

t.setTimeout(180_000)
const binary = await findMongod({ binary: process.env.MONGOD_BINARY, log: (line) => t.comment(line) })
const log = () => undefined
const own = async (dataDir: string): Promise<ChildProcess> => {
  const [command, args] = runTypeScript('test/embedded-mongod/own-a-mongod.ts', dataDir)
  const owner = spawn(command, args, { env: { ...process.env, MONGOD_BINARY: binary }, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(owner.stdout, 'data')
  return owner
}
const kill = async (owner: ChildProcess): Promise<void> => {
  owner.kill('SIGKILL')
  await once(owner, 'exit')
}
const watchdogOf = (directory: string): number =>
  Number(execFileSync('pgrep', ['-f', `noclobber-watchdog [0-9]+ ${directory}$`], { encoding: 'utf8' }))

t.test('a mongod ends when its owner is killed, and a start at once finds the data', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const owner = await own(dataDir)
  const running = await mongodOn(dataDir)
  await insertNote(running?.uri ?? '', 'acknowledged')
  await kill(owner)
  const mongod = await startEmbeddedMongod({ dataDir, binary, log })
  t.not((await mongodOn(dataDir))?.pid, running?.pid)
  t.same(await noteIds(mongod.uri), ['acknowledged'])
  await mongod.stop(0)

  const next = await own(dataDir)
  await kill(next)
  await until(async () => await mongodOn(dataDir) === undefined)
  t.pass('nobody started, and yet it ended')
})

t.test('a mongod whose owner and watchdog were both killed is found and ended by the next start', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const owner = await own(dataDir)
  const running = await mongodOn(dataDir)
  if (!running) throw new Error('no mongod runs')
  await insertNote(running.uri, 'acknowledged')
  process.kill(watchdogOf(dataDir), 'SIGKILL')
  await kill(owner)
  t.same(await mongodOn(dataDir), running, 'it was left behind')
  const lines: string[] = []
  const mongod = await startEmbeddedMongod({ dataDir, binary, log: (line) => lines.push(line) })
  t.teardown(() => mongod.stop(0))
  t.same(lines, [`ending the mongod (process ${running.pid}) that process ${String(owner.pid)} left behind on ${dataDir}`])
  t.same(await noteIds(mongod.uri), ['acknowledged'])
})

t.test('an id in the lock that now belongs to another process is left alone', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const bystander = spawn('sleep', ['600'])
  t.teardown(() => bystander.kill())
  writeFileSync(join(dataDir, 'mongod.lock'), `${String(bystander.pid)}\n`)
  const mongod = await startEmbeddedMongod({ dataDir, binary, log })
  await mongod.stop(0)
  t.equal(bystander.exitCode ?? bystander.signalCode, null)
})
