import t from 'tap'
import { plantedServer } from './planted-server.js'
import { runLoadForSummary } from './run-load.js'

for (const fault of ['none', 'hang-up-before', 'hang-up-after'] as const) {
  t.test(`a server that does "${fault}" is right, exit status 0`, async (t) => {
    const { app } = plantedServer(fault, 20)
    t.teardown(() => app.close())
    const url = `${await app.listen()}/api/articles`
    const { status, stderr, summary } = await runLoadForSummary(t.testdir(), ['--url', url, '--editors', '8', '--hot', '1', '--edits', '300', '--strategy', 'refetch,from-409,merge,client'])
    t.equal(status, 0)
    t.equal(stderr, '')
    t.strictSame(summary.findings, [])
    // The client sends again what got no answer, and finds it in the document that the refusal shows.
    t.equal(summary.edits.acknowledged + summary.edits.unknown + summary.edits['found-applied'], 300)
    t.equal(summary.edits.unknown > 0, fault !== 'none')
  })
}

t.test('same seed, same edits: each editor leaves the same marks, in the same order', async (t) => {
  const bodies = async (seed: string) => {
    const { app, articles } = plantedServer('none')
    t.teardown(() => app.close())
    const url = `${await app.listen()}/api/articles`
    const { status } = await runLoadForSummary(t.testdir(), ['--url', url, '--editors', '4', '--documents', '3', '--edits', '90', '--seed', seed])
    t.equal(status, 0)
    return [...articles.values()].map(({ body }) => body).sort()
  }
  const first = await bodies('7')
  t.match(first.join(''), /- 3:\d+:\w{5}\n/)
  t.strictSame(await bodies('7'), first)
  t.notSame(await bodies('8'), first)
})
