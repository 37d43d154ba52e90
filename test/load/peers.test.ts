import t from 'tap'
import { mongodbUri } from '../mongodb-uri.js'
import { runLoadForSummary } from './run-load.js'

t.test('naive, find-compare-save: loses acknowledged edits and names them, exit status 1', async (t) => {
  const { status, stdout, stderr, summary } = await runLoadForSummary(t.testdir(), ['--against', 'naive', '--mongodb-uri', mongodbUri(), '--editors', '8', '--hot', '1', '--edits', '160'])
  t.equal(stderr, '')
  t.equal(status, 1)
  t.equal(summary.edits.acknowledged, 160)
  t.ok(summary.found.lost > 0)
  t.equal(summary.found['refused-applied'], 0)
  t.match(stdout, /document [0-9a-f]{24}: LOST edit \d+:\d+:\w{5} of editor \d+ \(made on version \d+, acknowledged as version \d+\); beside it edit \d+:\d+:\w{5} of editor \d+/)
})

t.test('Mongoose with optimisticConcurrency: loses none, exit status 0', async (t) => {
  const { status, stdout, stderr, summary } = await runLoadForSummary(t.testdir(), ['--against', 'mongoose', '--mongodb-uri', mongodbUri(), '--editors', '8', '--documents', '2', '--edits', '160', '--strategy', 'refetch:3,from-409:2'])
  t.equal(stderr, '')
  t.equal(status, 0)
  t.equal(summary.edits.acknowledged, 160)
  t.ok(summary.conflicts > 0)
  t.strictSame(summary.findings, [])
  t.match(stdout, /ok: none of 160 acknowledged edits lost or doubled\n$/)
})
