import t from 'tap'
import { buildService } from '../../scripts/load/build.js'
import { mongodbUri } from '../mongodb-uri.js'
import { runLoad, runLoadForSummary } from './run-load.js'

// It may have to be built first, and seven servers start.
t.setTimeout(240_000)

t.before(() => buildService((line) => t.comment(line)))

for (const strategy of ['from-409', 'merge', 'client', 'refetch:2,give-up:1'] as const) {
  t.test(`the service, strategy ${strategy}: nothing lost, exit status 0`, async (t) => {
    const { status, summary } = await runLoadForSummary(t.testdir(), ['--mongodb-uri', mongodbUri(), '--editors', '12', '--hot', '0.5', '--documents', '3', '--edits', '180', '--strategy', strategy])
    t.equal(status, 0)
    t.strictSame(summary.findings, [])
    t.equal(summary.edits.acknowledged + summary.edits['gave-up'], 180)
    t.strictSame(Object.keys(summary.edits).filter((end) => !['acknowledged', 'gave-up'].includes(end) && summary.edits[end as keyof typeof summary.edits] > 0), [])
  })
}

t.test('the service, PATCH of one hot document', async (t) => {
  const { status, summary } = await runLoadForSummary(t.testdir(), ['--mongodb-uri', mongodbUri(), '--editors', '12', '--hot', '1', '--edits', '120', '--method', 'PATCH'])
  t.equal(status, 0)
  t.strictSame(summary.findings, [])
  t.equal(summary.edits.acknowledged, 120)
})

t.test('--compare: the service, Mongoose and the naive server in one table; exit status of the service', async (t) => {
  const { status, stdout } = await runLoad(['--compare', '--mongodb-uri', mongodbUri(), '--editors', '8', '--hot', '1', '--edits', '80'])
  t.equal(status, 0)
  const rows = stdout.split('\n').filter((line) => line.startsWith('|')).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))
  t.strictSame(rows.map(([server]) => server).filter((_, at) => at !== 1), ['server', 'noclobber', 'mongoose', 'naive'])
  t.strictSame(rows.map((row) => row.at(-1)).filter((_, at) => at !== 1), ['verdict', 'ok', 'ok', 'FAILED'])
})
