import type { ContenderName } from '../../scripts/bench/contender-names.js'
import type { MeasureName } from '../../scripts/bench/measures.js'
import type { Cell } from '../../scripts/bench/results.js'
import type { Sample } from '../../scripts/bench/sample.js'

/** A cell with these rates; each round takes a second, and `more` is the same in all. */
export const cell = (contender: ContenderName, measure: MeasureName, rates: readonly number[], more: Partial<Sample> = {}): Cell => ({
  contender,
  measure,
  rounds: rates.map((done) => ({ done, seconds: 1, p50: 1, p99: 2, serverCpu: 0.3, mongodCpu: 0.2, ...more }))
})
