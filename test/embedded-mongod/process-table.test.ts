import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { listByPs, listProcesses, readProcess } from '../../src/embedded-mongod/process-table.js'
import { until } from '../mongod-on.js'

t.test('a process that runs is in the table, by each way to read it', async (t) => {
  const child = spawn('sleep', ['600'], { argv0: 'sleep (x) y' })
  t.teardown(() => child.kill())
  const pid = child.pid ?? NaN
  const wanted = { pid, parentPid: process.pid, commandLine: 'sleep (x) y 600 ' }
  await until(async () => (await readProcess(pid))?.commandLine === wanted.commandLine)
  t.same(await readProcess(pid), wanted)
  t.same((await listProcesses()).find((found) => found.pid === pid), wanted)
  t.same((await listByPs()).find((found) => found.pid === pid), wanted)
})

t.test('a process that has ended is not, nor one that only waits for its parent', async (t) => {
  const ended = spawn('true')
  await once(ended, 'exit')
  t.equal(await readProcess(ended.pid ?? NaN), undefined)

  // The shell starts a child and becomes a program that never asks for it.
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 601'])
  t.teardown(() => parent.kill())
  const zombie = Number(String((await once(parent.stdout, 'data') as [Buffer])[0]))
  await until(async () => (await readProcess(parent.pid ?? NaN))?.commandLine === 'sleep 601 ')
  process.kill(zombie, 'SIGKILL')
  await until(async () => await readProcess(zombie) === undefined)
  t.doesNotThrow(() => process.kill(zombie, 0), 'to a signal it still seems to be there')
  t.equal((await listProcesses()).find(({ pid }) => pid === zombie), undefined)
  t.equal((await listByPs()).find(({ pid }) => pid === zombie), undefined)
})
