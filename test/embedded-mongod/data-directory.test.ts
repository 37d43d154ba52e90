import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { startEmbeddedMongod } from '../../src/embedded-mongod/start.js'
import { insertNote, mongodOn, until } from '../mongod-on.js'

const binary = await findMongod({ binary: process.env.MONGOD_BINARY, log: (line) => t.comment(line) })
const log = () => undefined

t.test('a second owner of the same directory is refused, and the first goes on', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const mongod = await startEmbeddedMongod({ dataDir, binary, log })
  t.teardown(() => mongod.stop(0))
  const message = `DATA_DIR ${dataDir} is in use by another instance of this service (process ${process.pid}). Stop it, or set DATA_DIR to another directory`
  await t.rejects(startEmbeddedMongod({ dataDir, binary, log }), { code: 'NOCLOBBER_START', message })
  await insertNote(mongod.uri, 'still here')
})

t.test('of several owners who start at the same moment, one has the directory', async (t) => {
  // Those that were refused may write a last file while the directory goes.
  const dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'noclobber-data-')))
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
  const starts = await Promise.allSettled([1, 2, 3].map(() => startEmbeddedMongod({ dataDir, binary, log })))
  const [started, ...more] = starts.filter((start) => start.status === 'fulfilled').map(({ value }) => value)
  if (!started) throw new Error('none has started')
  t.teardown(() => started.stop(0))
  t.same(more, [])
  const refused = `DATA_DIR ${dataDir} is in use by another instance of this service (process ${process.pid}). Stop it, or set DATA_DIR to another directory`
  t.same(starts.filter((start) => start.status === 'rejected').map(({ reason }) => (reason as Error).message), [refused, refused])
  await insertNote(started.uri, 'it works')
})

t.test('a mongod on the directory that somebody else started is left alone, and the start refused', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const other = spawn(binary, ['--dbpath', dataDir, '--port', '0', '--bind_ip', '127.0.0.1', '--nounixsocket'], { stdio: 'ignore' })
  t.teardown(async () => {
    other.kill('SIGKILL')
    await once(other, 'exit')
  })
  await until(async () => await mongodOn(dataDir) !== undefined)
  const message = `DATA_DIR ${dataDir} is in use by a mongod (process ${String(other.pid)}) that this service did not start. End it, or set DATA_DIR to another directory, or MONGODB_URI to use that mongod`
  await t.rejects(startEmbeddedMongod({ dataDir, binary, log }), { message })
  t.equal(other.exitCode ?? other.signalCode, null)
})

t.test('a directory that cannot be used is named, with the reason and what to do', async (t) => {
  const directory = realpathSync(t.testdir({ file: '', logged: { 'mongod.log': {}, 'mongod.log.1': { file: '' } }, unwritable: {} }))
  chmodSync(join(directory, 'unwritable'), 0o555)
  const reasons = {
    [join(directory, 'file', 'data')]: `ENOTDIR: not a directory, mkdir '${join(directory, 'file', 'data')}'`,
    [join(directory, 'file')]: `EEXIST: file already exists, mkdir '${join(directory, 'file')}'`,
    [join(directory, 'logged')]: `EISDIR: illegal operation on a directory, open '${join(directory, 'logged', 'mongod.log')}'`,
    ...(process.getuid?.() !== 0 && { [join(directory, 'unwritable')]: `EACCES: permission denied, access '${join(directory, 'unwritable')}'` })
  }
  for (const [dataDir, reason] of Object.entries(reasons)) {
    await t.rejects(startEmbeddedMongod({ dataDir, binary, log }), {
      code: 'NOCLOBBER_START', message: `DATA_DIR ${dataDir} cannot be used: ${reason}. Make it a directory that this user may write to, or set DATA_DIR to another`
    })
  }
  // What even root can't write to.
  if (process.platform === 'linux') await t.rejects(startEmbeddedMongod({ dataDir: '/sys/noclobber', binary, log }), { message: /^DATA_DIR \/sys\/noclobber cannot be used: E(PERM|ROFS|ACCES): / })
  t.strictSame(readdirSync(directory, { recursive: true }).map(String).sort(), ['file', 'logged', 'logged/mongod.log', 'logged/mongod.log.1', 'logged/mongod.log.1/file', 'unwritable'])
})

t.test('a mongod that does not start: the error has the reason from its log', async (t) => {
  const dataDir = realpathSync(t.testdir({ refuses: '#!/bin/sh\n[ "$1" = --version ] && echo "db version v6.0.0" && exit\necho "no such option"; exit 2\n' }))
  const refuses = join(dataDir, 'refuses')
  chmodSync(refuses, 0o755)
  await t.rejects(startEmbeddedMongod({ dataDir, binary: refuses, log }), {
    code: 'NOCLOBBER_START', message: `${refuses} did not start on DATA_DIR ${dataDir}: exit code 2, no such option. More is in ${join(dataDir, 'mongod.log')}; set DATA_DIR to another directory, or MONGOD_BINARY to another mongod`
  })
})

t.test('a start that is no longer wanted ends, and leaves no mongod', async (t) => {
  const dataDir = realpathSync(t.testdir({}))
  const over = new AbortController()
  const starting = startEmbeddedMongod({ dataDir, binary, log, signal: over.signal })
  await until(() => existsSync(join(dataDir, 'mongod.log')))
  over.abort()
  await t.rejects(starting, { name: 'AbortError' })
  t.equal(await mongodOn(dataDir), undefined)
})
