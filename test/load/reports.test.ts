import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { planEdits } from '../../scripts/load/edit-plan.js'
import { parseOptions } from '../../scripts/load/options.js'
import { parseStrategies } from '../../scripts/load/strategy.js'
import { plantedServer } from './planted-server.js'
import { runLoad, runLoadForSummary } from './run-load.js'

t.test('the report, the numbers and the page of one run agree', async (t) => {
  const { app } = plantedServer('none')
  t.teardown(() => app.close())
  const requests = { GET: 0, PUT: 0, refused: 0 }
  app.addHook('onResponse', ({ method }, { statusCode }, done) => {
    if (method === 'GET' || method === 'PUT') requests[method]++
    if (statusCode === 409) requests.refused++
    done()
  })
  const url = `${await app.listen()}/api/articles`
  const directory = t.testdir()
  const page = join(directory, 'page.html')
  const { status, stdout, stderr, summary } = await runLoadForSummary(directory, ['--url', url, '--editors', '6', '--documents', '2', '--edits', '120', '--html', page])
  t.strictSame({ status, stderr }, { status: 0, stderr: '' })

  // Besides the editors: 2 reads and a write to probe, a read of each document before and after.
  t.equal(summary.requests, requests.GET + requests.PUT - 2 - 1 - 2 * 2)
  t.equal(summary.conflicts, requests.refused)
  t.equal(summary.edits.acknowledged, 120)
  t.equal(summary.retries.mean, requests.refused / 120)
  t.equal(summary.acknowledgedBy.reduce((sum, count) => sum + count, 0), 120)
  t.equal(summary.fairness.fastest, 20)
  t.equal(summary.timeline.slices.reduce((sum, { acknowledged }) => sum + acknowledged, 0), 120)
  t.equal(summary.timeline.slices.reduce((sum, { conflicts }) => sum + conflicts, 0), requests.refused)
  t.strictSame([summary.latency.edit.count, summary.latency.write.count, summary.latency.corrected], [120, requests.PUT - 1, false])

  t.match(stdout, `edits acknowledged 120 (${summary.editsPerSecond.toFixed(1)}/s)`)
  t.match(stdout, `conflicts ${requests.refused}; retries per edit: mean ${summary.retries.mean.toFixed(2)}, p95 ${summary.retries.p95}, max ${summary.retries.max}`)
  t.match(stdout, /\n {2}ok: none of 120 acknowledged edits lost or doubled\n$/)

  const html = await readFile(page, 'utf8')
  t.ok(html.includes(stdout.trim()), 'the page has the report')
  t.notMatch(html, /\b(?:src|href)\s*=|@import|url\(/, 'the page needs no network')
  t.match(html, JSON.stringify(summary.acknowledgedBy))
})

t.test('a run by --duration with a --rate counts latency from when edits were due', async (t) => {
  const { app } = plantedServer('none')
  t.teardown(() => app.close())
  const url = `${await app.listen()}/api/articles`
  const { status, stdout, summary } = await runLoadForSummary(t.testdir(), ['--url', url, '--editors', '4', '--rate', '100', '--duration', '500ms', '--think', '0..5ms'])
  t.equal(status, 0)
  t.ok(summary.edits.acknowledged > 0)
  t.ok(summary.edits.acknowledged <= 52, 'no more edits than were due')
  t.ok(summary.latency.corrected)
  t.match(stdout, / \(from when it was due\)\n/)
})

t.test('give-up: every refusal is an edit given up, and no edit has a retry', async (t) => {
  const { app } = plantedServer('none')
  t.teardown(() => app.close())
  const url = `${await app.listen()}/api/articles`
  const { status, stdout, summary } = await runLoadForSummary(t.testdir(), ['--url', url, '--editors', '8', '--hot', '1', '--edits', '160', '--strategy', 'give-up', '--think', '1..3ms'])
  t.equal(status, 0)
  t.ok(summary.conflicts > 0)
  t.equal(summary.edits['gave-up'], summary.conflicts)
  t.equal(summary.edits.acknowledged, 160 - summary.conflicts)
  t.strictSame(summary.retries, { mean: 0, p95: 0, max: 0 })
  t.match(stdout, `; ${summary.conflicts} given up\n`)
})

t.test('merge asks the server to merge, from-409 reads nothing again, other strategies do not', async (t) => {
  for (const [strategy, prefer] of [['merge', 'conflict=merge'], ['from-409', undefined], ['refetch', undefined]] as const) {
    const { app } = plantedServer('none')
    t.teardown(() => app.close())
    const seen = new Set<unknown>()
    let refused = 0
    let reads = 0
    app.addHook('onResponse', ({ method, headers }, { statusCode }, done) => {
      if (method === 'GET') reads++
      if (method === 'PUT' && headers['if-match'] !== '"1"') seen.add(headers.prefer)
      if (statusCode === 409) refused++
      done()
    })
    const url = `${await app.listen()}/api/articles`
    const { status } = await runLoad(['--url', url, '--editors', '4', '--documents', '1', '--edits', '60', '--strategy', strategy])
    t.equal(status, 0)
    t.ok(refused > 0)
    t.strictSame([...seen], [prefer])
    t.equal(reads, 60 + 4 + (strategy === 'refetch' ? refused : 0), strategy)
  }
})

t.test('--help lists the options', async (t) => {
  const { status, stdout } = await runLoad(['--help'])
  t.equal(status, 0)
  for (const flag of ['--url', '--against', '--compare', '--edits', '--strategy', '--seed', '--serve', '--html']) t.match(stdout, `  ${flag} `)
})

t.test('a mix of strategies is dealt out by weight', (t) => {
  t.strictSame(parseStrategies('refetch:3,give-up:1'), ['refetch', 'refetch', 'refetch', 'give-up'])
  t.strictSame(parseOptions(['--strategy', 'merge'])?.editing.strategies, ['merge'])
  t.end()
})

t.test('--hot is the share of edits that go to the first document', (t) => {
  const share = (hot: string) => {
    const editing = parseOptions(['--hot', hot])?.editing
    if (editing === undefined) throw new Error('no options')
    const plan = planEdits(0, editing)
    const documents = Array.from({ length: 4000 }, () => plan.next().value.document)
    t.ok(Math.max(...documents) < 10)
    return documents.filter((document) => document === 0).length / documents.length
  }
  t.equal(share('1'), 1)
  t.equal(share('0'), 0)
  t.ok(Math.abs(share('0.5') - 0.5) < 0.05)
  t.end()
})
