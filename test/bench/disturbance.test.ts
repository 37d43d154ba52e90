import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { conditions } from '../../scripts/bench/conditions.js'
import { watchDisturbance } from '../../scripts/bench/disturbance.js'
import { statusOf } from '../../scripts/bench/report.js'

const target = (reached: boolean | undefined) => ({ text: '', wanted: '', measured: undefined, reached })

t.test('what a run\'s own processes use is not counted, and what others use is', async (t) => {
  const burn = 'process.stdin.once("data", () => { const end = process.cpuUsage().user + 500000; while (process.cpuUsage().user < end); console.log("done") })'
  const child = spawn(process.execPath, ['-e', burn], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [own, without] = [await watchDisturbance([process.pid]), await watchDisturbance([])]
  child.stdin.write('go\n')
  await once(child.stdout, 'data')
  const [others, all] = [await own(), await without()]
  t.ok(all > others, `${all} with this process and its child, ${others} without`)
  child.stdin.end()
  await once(child, 'exit')
})

t.test('numbers of a busy machine are marked, and can\'t pass or fail a check', (t) => {
  const lines = (others: number) => conditions({ documents: 1, seconds: 1, rounds: 1, others }).at(-1)
  t.equal(lines(0.04), 'Other processes used 4 % of the machine meanwhile.')
  t.equal(lines(0.5), 'Other processes used 50 % of the machine meanwhile: TOO MUCH, the numbers are of no use.')
  t.notMatch(lines(NaN), /^Other processes/)
  const targets = [target(true), target(false), target(undefined)]
  t.equal(statusOf({ others: 0.5, targets }, true), 2)
  t.equal(statusOf({ others: 0.05, targets }, true), 1)
  t.equal(statusOf({ others: 0.05, targets: [target(true), target(undefined)] }, true), 0)
  t.equal(statusOf({ others: 0.5, targets }, false), 0)
  t.end()
})
