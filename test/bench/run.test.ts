import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Report } from '../../scripts/bench/report.js'
import { runBench } from './run-bench.js'

t.setTimeout(300_000)

t.test('a run of every measure prints its tables and leaves a report and a page', async (t) => {
  const out = t.testdir()
  const { status, stdout, stderr } = await runBench('--contenders', 'raw,ours,ours-history,ours-merging', '--out', out)
  t.equal(stderr, '')
  t.equal(status, 0)
  t.match(stdout, /^\| raw driver, bare loop, no HTTP +\| +\d+ ±0% · /m)
  t.match(stdout, /^\| PUT\/s against the raw driver's bare loop +\| +>= 2 \| /m)

  const { cells, targets, rounds, machine } = JSON.parse(await readFile(join(out, 'latest.json'), 'utf8')) as Report
  const measured: Record<string, string[]> = {}
  for (const { contender, measure } of cells) (measured[contender] ??= []).push(measure)
  t.same(measured, {
    raw: ['PUT', 'PUT-100k', 'POST', 'GET'],
    ours: ['PUT', 'PUT-100k', 'PATCH', 'POST', 'GET', '304', 'stale', 'hot-refetch', 'hot-from-409', 'alone'],
    'ours-history': ['PUT', 'PUT-100k'],
    'ours-merging': ['hot-merge']
  })
  t.ok(rounds.every((cell) => cell.rounds.length === 1))
  t.ok(cells.filter(({ measure }) => !measure.startsWith('hot')).every(({ rate, p50, p99 }) => rate > 0 && p50 > 0 && p99 >= p50))
  t.same(cells.filter(({ lost }) => lost !== undefined).map(({ contender, measure, lost }) => [contender, measure, lost]), [
    ['ours', 'hot-refetch', 0], ['ours', 'hot-from-409', 0], ['ours-merging', 'hot-merge', 0]
  ])
  t.ok((cells.find(({ measure }) => measure === 'hot-merge')?.merged ?? 0) >= 0.95, 'edits of different fields are merged')
  t.match(targets.at(-1), { text: 'lost updates of the hot document', measured: 0, reached: true })
  t.match(machine, { node: process.version, mongod: /^\d/ })

  const page = await readFile(join(out, 'latest.html'), 'utf8')
  t.notMatch(page, /<script|https?:|@import|url\(/, 'the page needs nothing but itself')
  t.equal(page.match(/<span class="(ours|peer)"/g)?.length, cells.length, 'a bar for each rate')
})

t.test('--scale compares sizes and versions', async (t) => {
  const out = t.testdir()
  const { status, stdout, stderr } = await runBench('--scale', '--sizes', '40,90', '--versions', '5', '--out', out)
  t.equal(stderr, '')
  t.equal(status, 0)
  for (const line of ['PUT/s with 90 documents against 40', 'GET/s with 90 documents against 40', 'PUT/s of version 5 on against the first', 'GET/s of version 5 on against the first']) t.match(stdout, `| ${line}`)
  const { results } = JSON.parse(await readFile(join(out, 'scale.json'), 'utf8')) as { results: { of: string, sizes: number[] }[] }
  t.match(results, [{ of: 'documents', sizes: [40, 90] }, { of: 'versions', sizes: [1, 5] }])
})

t.test('what can\'t be run is one line', async (t) => {
  t.same(await runBench('--only', 'DELETE'), { status: 2, stdout: '', stderr: 'bench: --only DELETE: "DELETE" is none of PUT, PUT-100k, PATCH, POST, GET, 304, stale, hot-refetch, hot-from-409, hot-merge, alone\n' })
  const { status, stderr } = await runBench('--contenders', 'ours', '--server', '/no/such/server.js')
  t.equal(status, 2)
  t.equal(stderr, 'bench: /no/such/server.js is not there: run `npm run build` first, or give another file\n')
})
