import t from 'tap'
import type { Summary } from '../../scripts/load/summary.js'
import { plantedServer, type Fault } from './planted-server.js'
import { runLoadForSummary } from './run-load.js'

type Found = Summary['found']

const nothing: Found = { lost: 0, doubled: 0, 'version-repeated': 0, 'version-went-back': 0, 'refused-applied': 0 }

/** What each fault must be called, and what may come with it: a reused version lets two editors write on one, a write that was dropped makes its version go back. */
const named: readonly { readonly fault: Fault, readonly every: number, readonly found: Partial<Found>, readonly besides?: readonly (keyof Found)[], readonly sentence: RegExp }[] = [
  { fault: 'drop', every: 200, found: { lost: 2 }, besides: ['version-repeated', 'version-went-back'], sentence: /document [0-9a-f]{24}: LOST edit \d+:\d+:\w{5} of editor \d+ \(made on version \d+, acknowledged as version \d+\)/ },
  { fault: 'double', every: 200, found: { doubled: 2 }, sentence: /DOUBLED edit \d+:\d+:\w{5} .*: its mark is there twice/ },
  { fault: 'double-version', every: 200, found: { doubled: 2 }, sentence: /DOUBLED edit \d+:\d+:\w{5} .*; nobody asked for version \d+/ },
  { fault: 'reuse-version', every: 200, found: { 'version-repeated': 2 }, besides: ['lost'], sentence: /VERSION REPEATED \d+: two contents, by edit .* and edit / },
  { fault: 'put-back', every: 200, found: { 'refused-applied': 2 }, sentence: /REFUSED, YET APPLIED edit \d+:\d+:\w{5} .*, refused\)/ },
  { fault: 'stale-read', every: 20, found: {}, besides: ['version-went-back'], sentence: /VERSION WENT BACK from \d+ to \d+: edit .*, then edit / }
]

for (const { fault, every, found, besides = [], sentence } of named) {
  t.test(`a server that does "${fault}" once in ${every} is named for it, exit status 1`, async (t) => {
    const { app } = plantedServer(fault, every)
    t.teardown(() => app.close())
    const url = `${await app.listen()}/api/articles`
    const { status, stdout, summary } = await runLoadForSummary(t.testdir(), ['--url', url, '--editors', '8', '--documents', '2', '--edits', '400'])
    t.equal(status, 1)
    const beside = Object.fromEntries(besides.map((kind) => [kind, summary.found[kind]]))
    t.strictSame(summary.found, { ...nothing, ...beside, ...found })
    t.match(stdout, sentence)
    t.match(stdout, /FAILED: /)
  })
}
