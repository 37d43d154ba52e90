import t from 'tap'
import { summarizeCell } from '../../scripts/bench/results.js'
import { markdownTable, resultTables, targetTable } from '../../scripts/bench/table.js'
import { cell } from './made-up-cells.js'

t.test('columns are as wide as what is in them', (t) => {
  t.equal(markdownTable([['a', 'rate'], ['longer', '1'], ['b']]), [
    '| a      | rate |',
    '| ------ | ---: |',
    '| longer |    1 |',
    '| b      |      |'
  ].join('\n'))
  t.end()
})

t.test('the tables of a run', (t) => {
  const cells = [
    cell('raw', 'GET', [1000, 1100, 1200]),
    cell('ours', 'GET', [4000, 4400, 4000], { p50: 1.26, p99: 3 }),
    cell('ours', '304', [5000], { serverCpu: undefined }),
    cell('mongoose', 'hot-refetch', [20], { lost: 0 }),
    cell('eve', 'hot-refetch', [2]),
    cell('ours-merging', 'hot-merge', [2000, 2000], { lost: 0, merged: 0.986 })
  ].map(summarizeCell)
  t.equal(resultTables(cells), [
    '| requests/s ± spread · CPU s/1000 |              GET |     GET, 304 |',
    '| -------------------------------- | ---------------: | -----------: |',
    '| raw driver, bare loop, no HTTP   | 1100 ±9% · 0.455 |              |',
    '| noclobber                        | 4000 ±5% · 0.125 | 5000 ±0% · - |',
    '',
    '| accepted edits/s of 32 editors · lost     | hot document, refetch |',
    '| ----------------------------------------- | --------------------: |',
    '| Express + Mongoose, optimisticConcurrency |                20 · 0 |',
    '| Eve + gunicorn                            |                 2 · ? |',
    '',
    '| accepted edits/s of 64 editors · lost · merged | hot document of 20 fields, merged |',
    '| ---------------------------------------------- | --------------------------------: |',
    '| noclobber, a resource of 20 fields             |                   2000 · 0 · 99 % |',
    '',
    '| p50 / p99 in ms                |       GET |',
    '| ------------------------------ | --------: |',
    '| raw driver, bare loop, no HTTP | 1.0 / 2.0 |',
    '| noclobber                      | 1.3 / 3.0 |'
  ].join('\n'))
  t.end()
})

t.test('the table of targets', (t) => {
  t.equal(targetTable([
    { text: 'PUT', wanted: '>= 2', measured: 2.345, reached: true },
    { text: 'GET', wanted: '>= 3', measured: 1.5, reached: false },
    { text: 'POST', wanted: '>= 3', measured: undefined, reached: undefined }
  ]), [
    '| target | wanted | measured |              |',
    '| ------ | -----: | -------: | -----------: |',
    '| PUT    |   >= 2 |     2.35 |      reached |',
    '| GET    |   >= 3 |     1.50 |  NOT REACHED |',
    '| POST   |   >= 3 |        - | not measured |'
  ].join('\n'))
  t.end()
})
