import type { ContenderName } from './contender-names.js'
import type { MeasureName } from './measures.js'
import { cellOf, ratio, summarizeCell, type Cell, type Figure } from './results.js'

/** What must be reached: a ratio of one cell to another, at least or at most so much. */
interface Target {
  readonly text: string
  /** Whose cell it is; that of the service, in each of its forms that has all measures, unless given. */
  readonly of?: ContenderName
  readonly measure: MeasureName
  readonly figure: Figure
  readonly against: readonly [ContenderName, MeasureName]
  readonly least?: number
  readonly most?: number
}

/** A target and what was measured; undefined where it wasn't. */
export interface TargetResult {
  readonly text: string
  readonly wanted: string
  readonly measured: number | undefined
  readonly reached: boolean | undefined
}

const rate = (text: string, measure: MeasureName, against: ContenderName, least: number): Target =>
  ({ text, measure, figure: 'rate', against: [against, measure], least })

const targets: readonly Target[] = [
  rate('PUT/s against the raw driver\'s bare loop', 'PUT', 'raw', 2),
  rate('GET/s against the raw driver\'s bare loop', 'GET', 'raw', 3.5),
  rate('PUT/s against Mongoose optimisticConcurrency', 'PUT', 'mongoose', 7),
  rate('GET/s against Mongoose optimisticConcurrency', 'GET', 'mongoose', 8),
  rate('304/s against Mongoose optimisticConcurrency', '304', 'mongoose', 8),
  rate('POST/s against Mongoose optimisticConcurrency', 'POST', 'mongoose', 6),
  { text: 'stale PUT/s against our own accepted PUT/s', measure: 'stale', figure: 'rate', against: ['ours', 'PUT'], least: 1 },
  { text: 'CPU of service and mongod per PUT against the raw loop', measure: 'PUT', figure: 'cpu', against: ['raw', 'PUT'], most: 0.35 },
  { text: 'CPU of service and mongod per GET against the raw loop', measure: 'GET', figure: 'cpu', against: ['raw', 'GET'], most: 0.25 },
  rate('hot document, refetch: accepted edits/s against Mongoose', 'hot-refetch', 'mongoose', 9),
  rate('hot document, from the 409: accepted edits/s against Mongoose', 'hot-from-409', 'mongoose', 9),
  { text: 'p99 of PUT against STORE_MODE=single', measure: 'PUT', figure: 'p99', against: ['ours-single', 'PUT'], most: 0.5 },
  { text: 'p99 of GET against STORE_MODE=single', measure: 'GET', figure: 'p99', against: ['ours-single', 'GET'], most: 0.5 },
  rate('PUT/s on one connection against STORE_MODE=single', 'alone', 'ours-single', 0.95),
  { ...rate('PUT/s with history against PUT/s without it', 'PUT', 'ours', 0.75), of: 'ours-history' },
  { ...rate('the same at 100 kB', 'PUT-100k', 'ours', 0.65), of: 'ours-history' },
  { ...rate('PUT/s with history against the raw driver\'s bare loop', 'PUT', 'raw', 1), of: 'ours-history' },
  { ...rate('the same at 100 kB, against the bare loop', 'PUT-100k', 'raw', 1), of: 'ours-history' },
  { ...rate('hot document of 20 fields, merged: accepted edits/s against Mongoose', 'hot-merge', 'mongoose', 100), of: 'ours-merging' }
]

/** With nothing kept in memory so much of each target must be reached. */
const coldShare = 0.8

const judge = (cells: readonly Cell[], ours: ContenderName, share: number) => ({ text, of = ours, measure, figure, against: [peer, peerMeasure], least, most }: Target): TargetResult => {
  const measured = ratio(cellOf(cells, of, measure), cellOf(cells, peer === 'ours' ? ours : peer, peerMeasure), figure)
  const bound = least === undefined ? (most ?? NaN) / share : least * share
  return {
    text: ours === 'ours-cold' ? `${text}, KEPT_BYTES=0` : text,
    wanted: `${least === undefined ? '<=' : '>='} ${Number(bound.toPrecision(3))}`,
    measured,
    reached: measured === undefined ? undefined : least === undefined ? measured <= bound : measured >= bound
  }
}

const productionShare = 0.75

/** What is left where all is on that stands around the resources in production. */
const production = (cells: readonly Cell[]): TargetResult => {
  const measured = ratio(cellOf(cells, 'ours-production', 'PUT'), cellOf(cells, 'ours', 'PUT'), 'rate')
  return { text: 'PUT/s with log, limits, headers and metrics on against without', wanted: `>= ${productionShare}`, measured, reached: measured === undefined ? undefined : measured >= productionShare }
}

const lostUpdates = (cells: readonly Cell[]): TargetResult => {
  const counts = cells.filter(({ contender }) => contender.startsWith('ours')).map((cell) => summarizeCell(cell).lost).filter((lost) => lost !== undefined)
  const measured = counts.length === 0 ? undefined : counts.reduce((sum, lost) => sum + lost, 0)
  return { text: 'lost updates of the hot document', wanted: '= 0', measured, reached: measured === undefined ? undefined : measured === 0 }
}

const mergedAtOnce = (cells: readonly Cell[]): TargetResult => {
  const cell = cellOf(cells, 'ours-merging', 'hot-merge')
  const measured = cell && summarizeCell(cell).merged
  return { text: 'clashing edits of different fields that were merged at once', wanted: '>= 0.95', measured, reached: measured === undefined ? undefined : measured >= 0.95 }
}

/** Each target, with the ratio that was measured. Those for `KEPT_BYTES=0` and for production only where that was measured. */
export const judgeTargets = (cells: readonly Cell[]): TargetResult[] => {
  const cold = cells.some(({ contender }) => contender === 'ours-cold')
  const inProduction = cells.some(({ contender }) => contender === 'ours-production')
  return [...targets.map(judge(cells, 'ours', 1)), ...(cold ? targets.filter(({ of }) => of === undefined).map(judge(cells, 'ours-cold', coldShare)) : []), ...(inProduction ? [production(cells)] : []), mergedAtOnce(cells), lostUpdates(cells)]
}
