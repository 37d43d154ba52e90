import type { ContenderName } from './contender-names.js'
import type { MeasureName } from './measures.js'
import type { Sample } from './sample.js'
import { median, pairedRatio, spread } from './statistics.js'

/** The rounds of one measure of one contender. */
export interface Cell {
  readonly contender: ContenderName
  readonly measure: MeasureName
  readonly rounds: readonly Sample[]
}

/** A number that each round has. */
export type Figure = 'rate' | 'cpu' | 'p50' | 'p99'

const of: Readonly<Record<Figure, (sample: Sample) => number>> = {
  rate: ({ done, seconds }) => done / seconds,
  cpu: ({ serverCpu = NaN, mongodCpu = NaN, done }) => (serverCpu + mongodCpu) / done * 1000,
  p50: ({ p50 }) => p50,
  p99: ({ p99 }) => p99
}

/** The figures of a cell, round by round: requests (of a hot document: accepted edits) per second, CPU seconds of server and mongod per 1000 of them, ms. */
export const figures = ({ rounds }: Cell, figure: Figure): number[] => rounds.map(of[figure])

/** What the rounds of a cell come to. `spread` is half of the range of the rates, as a share of their median; NaN is what could not be measured. */
export interface CellSummary {
  readonly contender: ContenderName
  readonly measure: MeasureName
  readonly rate: number
  readonly spread: number
  /** CPU seconds per 1000. */
  readonly cpu: number
  readonly serverCpu: number
  readonly mongodCpu: number
  readonly p50: number
  readonly p99: number
  readonly lost: number | undefined
  /** The least of the rounds; absent where nothing could be merged. */
  readonly merged?: number
}

export const summarizeCell = (cell: Cell): CellSummary => {
  const { contender, measure, rounds } = cell
  const lost = rounds.map((round) => round.lost).filter((count) => count !== undefined)
  const merged = rounds.map((round) => round.merged).filter((share) => share !== undefined)
  const cpuOf = (part: 'serverCpu' | 'mongodCpu') => median(rounds.map(({ [part]: cpu = NaN, done }) => cpu / done * 1000))
  return {
    contender,
    measure,
    rate: median(figures(cell, 'rate')),
    spread: spread(figures(cell, 'rate')),
    cpu: median(figures(cell, 'cpu')),
    serverCpu: cpuOf('serverCpu'),
    mongodCpu: cpuOf('mongodCpu'),
    p50: median(figures(cell, 'p50')),
    p99: median(figures(cell, 'p99')),
    lost: lost.length === 0 ? undefined : lost.reduce((sum, count) => sum + count, 0),
    ...(merged.length > 0 && { merged: Math.min(...merged) })
  }
}

export const cellOf = (cells: readonly Cell[], contender: ContenderName, measure: MeasureName): Cell | undefined =>
  cells.find((cell) => cell.contender === contender && cell.measure === measure)

/** The median of the ratios, round by round, of one cell to another; undefined where one of them wasn't measured. */
export const ratio = (a: Cell | undefined, b: Cell | undefined, figure: Figure): number | undefined => {
  if (a === undefined || b === undefined) return undefined
  const value = pairedRatio(figures(a, figure), figures(b, figure))
  return Number.isNaN(value) ? undefined : value
}
