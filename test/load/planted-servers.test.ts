import t from 'tap'
import type { Finding } from '../../scripts/load/finding.js'
import { plantedServer, type Fault } from './planted-server.js'
import { runLoadForSummary } from './run-load.js'

type Kind = Finding['kind']

/** What each fault must be called; others may come with it, such as a version that goes back since a write was dropped. */
const named: readonly { readonly fault: Fault, readonly every: number, readonly kinds: readonly Kind[], readonly sentence: RegExp }[] = [
  { fault: 'drop', every: 200, kinds: ['lost'], sentence: /document [0-9a-f]{24}: LOST edit \d+:\d+:\w{5} of editor \d+ \(made on version \d+, acknowledged as version \d+\); beside it edit/ },
  { fault: 'double', every: 200, kinds: ['doubled'], sentence: /DOUBLED edit \d+:\d+:\w{5} .*: its mark is there twice/ },
  { fault: 'double-version', every: 200, kinds: ['doubled'], sentence: /DOUBLED edit \d+:\d+:\w{5} .*; nobody else asked for version \d+/ },
  { fault: 'reuse-version', every: 200, kinds: ['version-repeated'], sentence: /VERSION REPEATED \d+: two contents, by edit .* and edit / },
  { fault: 'put-back', every: 200, kinds: ['refused-applied'], sentence: /REFUSED, YET APPLIED edit \d+:\d+:\w{5} .*, refused\)/ },
  { fault: 'stale-read', every: 200, kinds: ['version-went-back'], sentence: /VERSION WENT BACK from (\d+) to \d+: edit .*, then edit / }
]

for (const { fault, every, kinds, sentence } of named) {
  t.test(`a server that does "${fault}" once in ${every} is named for it, exit status 1`, async (t) => {
    const app = plantedServer(fault, every)
    t.teardown(() => app.close())
    const url = `${await app.listen()}/api/articles`
    const { status, stdout, summary } = await runLoadForSummary(t.testdir(), ['--url', url, '--editors', '8', '--documents', '2', '--edits', '1000'])
    t.equal(status, 1)
    for (const kind of kinds) t.ok(summary.found[kind] > 0, kind)
    t.match(stdout, sentence)
    t.match(stdout, /FAILED: /)
    if (fault !== 'drop') t.ok(summary.found.lost <= 5, 'nothing is called lost beside what the fault itself may have taken away')
  })
}

for (const fault of ['none', 'hang-up-before', 'hang-up-after'] as const) {
  t.test(`a server that does "${fault}" is right, exit status 0`, async (t) => {
    const app = plantedServer(fault, 20)
    t.teardown(() => app.close())
    const url = `${await app.listen()}/api/articles`
    const { status, stderr, summary } = await runLoadForSummary(t.testdir(), ['--url', url, '--editors', '8', '--hot', '1', '--edits', '600', '--strategy', 'refetch,from-409,merge'])
    t.equal(status, 0)
    t.equal(stderr, '')
    t.strictSame(summary.findings, [])
    t.equal(summary.edits.acknowledged + summary.edits.unknown, 600)
    t.equal(summary.edits.unknown > 0, fault !== 'none')
  })
}

t.test('ten thousand edits of one document fit in it, and each is accounted for', async (t) => {
  const app = plantedServer('drop', 5000)
  t.teardown(() => app.close())
  const url = `${await app.listen()}/api/articles`
  const { summary } = await runLoadForSummary(t.testdir(), ['--url', url, '--editors', '4', '--documents', '1', '--edits', '10000', '--strategy', 'from-409', '--backoff', '0'])
  t.equal(summary.edits.acknowledged, 10_000)
  t.equal(summary.found.lost, 2)
})
