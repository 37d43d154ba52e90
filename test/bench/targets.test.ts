import t from 'tap'
import { judgeTargets } from '../../scripts/bench/targets.js'
import { cell } from './made-up-cells.js'

t.test('rates at least, CPU and p99 at most, and what was not measured is not judged', (t) => {
  const judged = judgeTargets([
    cell('raw', 'PUT', [1000]),
    cell('raw', 'GET', [1000]),
    cell('ours', 'PUT', [2000], { serverCpu: 0.1, mongodCpu: 0.25, p99: 10 }),
    cell('ours', 'GET', [3499], { serverCpu: 0.5, mongodCpu: 0.5 }),
    cell('ours-single', 'PUT', [1], { p99: 19 })
  ])
  const verdicts = Object.fromEntries(judged.filter(({ reached }) => reached !== undefined).map(({ text, wanted, measured, reached }) => [text, [wanted, measured, reached]]))
  t.same(verdicts, {
    'PUT/s against the raw driver\'s bare loop': ['>= 2', 2, true],
    'GET/s against the raw driver\'s bare loop': ['>= 3.5', 3.499, false],
    'CPU of service and mongod per PUT against the raw loop': ['<= 0.35', 0.35, true],
    'CPU of service and mongod per GET against the raw loop': ['<= 0.25', 1 / 3.499 / 0.5, false],
    'p99 of PUT against STORE_MODE=single': ['<= 0.5', 10 / 19, false]
  })
  t.equal(judged.length, 21)
  t.ok(judged.filter(({ reached }) => reached === undefined).every(({ measured }) => measured === undefined))
  t.end()
})

t.test('a stale PUT is compared with an accepted one of the same service', (t) => {
  const cells = [cell('ours', 'PUT', [100]), cell('ours', 'stale', [99]), cell('ours-cold', 'PUT', [50]), cell('ours-cold', 'stale', [45])]
  const stale = judgeTargets(cells).filter(({ text }) => text.startsWith('stale'))
  t.same(stale.map(({ wanted, measured, reached }) => ({ wanted, measured, reached })), [
    { wanted: '>= 1', measured: 0.99, reached: false },
    { wanted: '>= 0.8', measured: 0.9, reached: true }
  ])
  t.end()
})

t.test('with nothing kept in memory 0.8 of each target is asked for', (t) => {
  const cells = [cell('raw', 'PUT', [100]), cell('ours-cold', 'PUT', [170], { p99: 6, serverCpu: 0.3, mongodCpu: 0.07 }), cell('ours-single', 'PUT', [1], { p99: 10 })]
  const cold = judgeTargets(cells).filter(({ text, reached }) => text.endsWith('KEPT_BYTES=0') && reached !== undefined)
  t.same(cold.map(({ wanted, reached }) => [wanted, reached]), [['>= 1.6', true], ['<= 0.437', true], ['<= 0.625', true]])
  t.end()
})

t.test('with all on that production needs, 0.75 of the PUTs are asked for', (t) => {
  const judged = (rate: number) => judgeTargets([cell('ours', 'PUT', [100]), cell('ours-production', 'PUT', [rate])]).find(({ text }) => text.includes('metrics'))
  t.match(judged(75), { wanted: '>= 0.75', measured: 0.75, reached: true })
  t.match(judged(74), { measured: 0.74, reached: false })
  t.match(judgeTargets([cell('ours-production', 'GET', [1])]).find(({ text }) => text.includes('metrics')), { reached: undefined })
  t.end()
})

t.test('an update that was lost by any form of the service, and by no peer, misses the target', (t) => {
  const lost = (cells: Parameters<typeof judgeTargets>[0]) => judgeTargets(cells).at(-1)
  t.match(lost([cell('ours', 'hot-refetch', [10, 10], { lost: 0 }), cell('naive', 'hot-refetch', [10], { lost: 9 })]), { measured: 0, reached: true })
  t.match(lost([cell('ours', 'hot-refetch', [10, 10], { lost: 0 }), cell('ours-single', 'hot-from-409', [10, 10], { lost: 1 })]), { measured: 2, reached: false })
  t.end()
})

t.test('history is compared with the same service without it, also at 100 kB, and with the bare loop', (t) => {
  const judged = judgeTargets([
    cell('raw', 'PUT', [100]), cell('raw', 'PUT-100k', [70]),
    cell('ours', 'PUT', [200]), cell('ours', 'PUT-100k', [100]),
    cell('ours-history', 'PUT', [160]), cell('ours-history', 'PUT-100k', [64])
  ])
  const verdicts = judged.filter(({ text, reached }) => (text.startsWith('PUT/s with history') || text.startsWith('the same')) && reached !== undefined)
  t.same(verdicts.map(({ wanted, measured, reached }) => [wanted, measured, reached]), [['>= 0.75', 0.8, true], ['>= 0.65', 0.64, false], ['>= 1', 1.6, true], ['>= 1', 64 / 70, false]])
  t.notOk(judgeTargets([cell('ours', 'PUT', [1]), cell('ours-cold', 'PUT', [1])]).some(({ text }) => text.includes('history') && text.endsWith('KEPT_BYTES=0')))
  t.end()
})

t.test('merges into one document are compared with Mongoose, and counted', (t) => {
  const merging = (share: number) => judgeTargets([cell('mongoose', 'hot-merge', [20]), cell('ours-merging', 'hot-merge', [2000, 2400], { lost: 0, merged: share })]).filter(({ text }) => /merged/.test(text))
  t.same(merging(0.95).map(({ wanted, reached }) => [wanted, reached]), [['>= 100', true], ['>= 0.95', true]])
  t.same(merging(0.94).map(({ wanted, reached }) => [wanted, reached]), [['>= 100', true], ['>= 0.95', false]])
  t.end()
})
