import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Verdict } from '../../scripts/torture/verdict.js'
import { runTypeScript } from '../run-typescript.js'

t.setTimeout(300_000)

const torture = async (...args: string[]) => {
  const [command, commandArgs] = runTypeScript('scripts/torture/main.ts', ...args)
  const child = spawn(command, commandArgs, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { status: child.exitCode, stdout, stderr }
}

const directory = t.testdir()
// The tests share the machine: how much a run did says nothing of the service here.
const modest = ['--clients', '16', '--least-rate', '10']

t.test('20 seconds with three kinds of faults: every promise is kept', async (t) => {
  const json = join(directory, 'run.json')
  const { status, stdout } = await torture('--seconds', '20', '--faults', 'kill-primary,kill-instance,member-links', '--json', json, ...modest)
  t.equal(status, 0, stdout)
  const { violations, lazy, faults, operations, listening } = JSON.parse(await readFile(json, 'utf8')) as Verdict
  t.strictSame({ violations, lazy }, { violations: [], lazy: [] })
  t.strictSame(Object.keys(faults).sort(), ['kill-instance', 'kill-primary', 'member-links'])
  t.ok(operations.ok > 0)
  t.ok(listening.events > 0 && listening.reconnects > 0)
  t.match(stdout, /\n {2}ok: every promise was kept\n$/)
})

t.test('a planted defect is found and named, and the history that is kept says the same again', async (t) => {
  const history = join(directory, 'history.jsonl')
  const { status, stdout } = await torture('--seconds', '4', '--faults', 'none', '--plant', 'compare-in-process', '--history', history, ...modest)
  t.equal(status, 1)
  t.match(stdout, /version-twice: document [0-9a-f]{24}: version \d+ was acknowledged to client \d+ \(operation \d+\) and to client \d+/)
  t.match(stdout, /not-linearizable: document [0-9a-f]{24}: no order explains it/)
  t.match(stdout, `check it again with: npm run torture -- --check ${history}\n`)
  const again = await torture('--check', history, ...modest)
  t.equal(again.status, 1)
  const told = (report: string) => report.split('\n').filter((line) => /^ {2}(?!longest|outside)/.test(line))
  t.strictSame(told(again.stdout), told(stdout))
})

t.test('a run that did too little does not pass', async (t) => {
  const { status, stdout } = await torture('--check', join(directory, 'history.jsonl'), '--least-rate', '1000000')
  t.equal(status, 1)
  t.match(stdout, /too lazy: \d+ operations a second were acknowledged outside faults, and must be 1000000\n/)
})

t.test('kill -9 in the middle of editors, and a graceful stop', async (t) => {
  const { status, stdout } = await torture('--restarts', '2')
  t.equal(status, 0, stdout)
  t.match(stdout, /^torture: kill -9 2 times in the middle of 32 editors, seed 1\n {2}edits acknowledged \d+, answers lost \d+\n/)
  t.match(stdout, /of the requests after it \d+ were answered, 0 not\n {2}ok: every acknowledged edit was there each time\n$/)
})
