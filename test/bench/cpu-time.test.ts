import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { cpuSeconds, readCpuTime, readStat } from '../../scripts/bench/cpu-time.js'

t.test('a line of /proc/PID/stat, whatever the name of the process', (t) => {
  const stat = '4711 (a) b (c) S 42 4711 4711 0 -1 4194304 1 2 3 4 150 25 1000 325 20 0 11 0 5 6'
  t.same(readStat(stat), { pid: 4711, parentPid: 42, seconds: 15 })
  t.end()
})

t.test('the times of ps', (t) => {
  t.equal(readCpuTime('0:01.25'), 1.25)
  t.equal(readCpuTime('02:03:04'), 7384)
  t.equal(readCpuTime('1-00:00:01'), 86_401)
  t.end()
})

t.test('a process counts with its children that run, and one that has ended is undefined', async (t) => {
  const burn = 'const end = process.cpuUsage().user + 300000; while (process.cpuUsage().user < end);'
  const child = spawn(process.execPath, ['-e', `${burn} console.log('done'); process.stdin.resume()`], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const [own, gone] = await cpuSeconds([process.pid, 2 ** 30])
  const { user, system } = process.cpuUsage()
  t.ok(own !== undefined && own >= (user + system) / 1e6 + 0.2, `${String(own)} s are more than those of this process alone`)
  t.equal(gone, undefined)
  child.stdin.end()
  await once(child, 'exit')
})
