import t from 'tap'
import { buildService } from '../../scripts/load/build.js'
import { mongodbUri } from '../mongodb-uri.js'
import { runLoad, runLoadForSummary } from './run-load.js'

t.before(() => buildService((line) => t.comment(line)))

for (const strategy of ['refetch', 'from-409', 'merge', 'refetch:2,give-up:1'] as const) {
  t.test(`the service, strategy ${strategy}: nothing lost, exit status 0`, async (t) => {
    const { status, stderr, summary } = await runLoadForSummary(t.testdir(), ['--mongodb-uri', mongodbUri(), '--editors', '16', '--hot', '0.5', '--documents', '3', '--edits', '320', '--strategy', strategy])
    t.equal(stderr, '')
    t.equal(status, 0)
    t.strictSame(summary.findings, [])
    t.equal(summary.edits.acknowledged + summary.edits['gave-up'], 320)
    t.strictSame(Object.keys(summary.edits).filter((end) => !['acknowledged', 'gave-up'].includes(end) && summary.edits[end as keyof typeof summary.edits] > 0), [])
  })
}

t.test('the service, PATCH of one hot document', async (t) => {
  const { status, summary } = await runLoadForSummary(t.testdir(), ['--mongodb-uri', mongodbUri(), '--editors', '16', '--hot', '1', '--edits', '160', '--method', 'PATCH'])
  t.equal(status, 0)
  t.strictSame(summary.findings, [])
  t.equal(summary.edits.acknowledged, 160)
})

t.test('--compare: the service, Mongoose and the naive server in one table; exit status of the service', async (t) => {
  const { status, stdout } = await runLoad(['--compare', '--mongodb-uri', mongodbUri(), '--editors', '8', '--hot', '1', '--edits', '80'])
  t.equal(status, 0)
  const rows = stdout.split('\n').filter((line) => line.startsWith('|')).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))
  t.strictSame(rows.map(([server]) => server).filter((_, at) => at !== 1), ['server', 'noclobber', 'mongoose', 'naive'])
  t.strictSame(rows.map((row) => row.at(-1)).filter((_, at) => at !== 1), ['verdict', 'ok', 'ok', 'FAILED'])
})
