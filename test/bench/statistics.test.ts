import t from 'tap'
import { median, pairedRatio, percentile, spread } from '../../scripts/bench/statistics.js'

t.test('the median is the middle value, or the mean of the two in the middle', (t) => {
  t.equal(median([9, 1, 5]), 5)
  t.equal(median([4, 1, 9, 2]), 3)
  t.ok(Number.isNaN(median([])))
  t.end()
})

t.test('the spread is half of the range, as a share of the median', (t) => {
  t.equal(spread([90, 100, 120]), 0.15)
  t.equal(spread([7]), 0)
  t.end()
})

t.test('a percentile is the nearest rank', (t) => {
  const hundred = Array.from({ length: 100 }, (_, at) => at + 1)
  t.same([0, 50, 99, 100].map((percent) => percentile(hundred, percent)), [1, 50, 99, 100])
  t.equal(percentile(new Float64Array([3]), 99), 3)
  t.ok(Number.isNaN(percentile([], 50)))
  t.end()
})

t.test('a ratio is the median of the ratios of the rounds, so that a round that was disturbed does no harm', (t) => {
  t.equal(pairedRatio([200, 20, 220], [100, 10, 50]), 2)
  t.equal(pairedRatio([200, 300], [100]), 2)
  t.equal(pairedRatio([200, 300], [0, 100]), 3)
  t.ok(Number.isNaN(pairedRatio([], [])))
  t.end()
})
