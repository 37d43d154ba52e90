import { contenderLabels } from './contender-names.js'
import { measureLabels, type MeasureName } from './measures.js'
import type { CellSummary } from './results.js'
import type { TargetResult } from './targets.js'

/** Rows as a Markdown table; the first is the head. All but the first column stand at the right. */
export const markdownTable = (rows: readonly (readonly string[])[]): string => {
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), `| ${widths.map((width, column) => column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`).join(' | ')} |`, ...body.map(line)].join('\n')
}

const round = (value: number, digits = 0): string => Number.isFinite(value) ? value.toFixed(digits) : '-'

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)]

/** One row for each contender, one column for each measure. */
const grid = (title: string, cells: readonly CellSummary[], measures: readonly MeasureName[], show: (cell: CellSummary) => string): string => {
  const shown = cells.filter(({ measure }) => measures.includes(measure))
  const columns = distinct(shown.map(({ measure }) => measure))
  const rows = distinct(shown.map(({ contender }) => contender)).map((contender) => [
    contenderLabels[contender],
    ...columns.map((measure) => {
      const cell = shown.find((one) => one.contender === contender && one.measure === measure)
      return cell === undefined ? '' : show(cell)
    })
  ])
  return markdownTable([[title, ...columns.map((measure) => measureLabels[measure])], ...rows])
}

const plain: readonly MeasureName[] = ['PUT', 'PUT-100k', 'PATCH', 'POST', 'GET', '304', 'stale', 'alone']
const hot: readonly MeasureName[] = ['hot-refetch', 'hot-from-409']
const merging: readonly MeasureName[] = ['hot-merge']
const timed: readonly MeasureName[] = ['PUT', 'GET']

/** The measured numbers, for people. A table whose measures weren't asked for is left out. */
export const resultTables = (cells: readonly CellSummary[]): string => {
  const has = (measures: readonly MeasureName[]) => cells.some(({ measure }) => measures.includes(measure))
  return [
    ...(has(plain) ? [grid('requests/s ± spread · CPU s/1000', cells, plain, ({ rate, spread, cpu }) => `${round(rate)} ±${round(spread * 100)}% · ${round(cpu, 3)}`)] : []),
    ...(has(hot) ? [grid('accepted edits/s of 32 editors · lost', cells, hot, ({ rate, lost }) => `${round(rate)} · ${lost ?? '?'}`)] : []),
    ...(has(merging) ? [grid('accepted edits/s of 64 editors · lost · merged', cells, merging, ({ rate, lost, merged = NaN }) => `${round(rate)} · ${lost ?? '?'} · ${round(merged * 100)} %`)] : []),
    ...(has(timed) ? [grid('p50 / p99 in ms', cells, timed, ({ p50, p99 }) => `${round(p50, 1)} / ${round(p99, 1)}`)] : [])
  ].join('\n\n')
}

const verdict = ({ reached }: TargetResult): string => reached === undefined ? 'not measured' : reached ? 'reached' : 'NOT REACHED'

/** The targets, each with what was measured. */
export const targetTable = (targets: readonly TargetResult[]): string =>
  markdownTable([['target', 'wanted', 'measured', ''], ...targets.map((target) => [target.text, target.wanted, target.measured === undefined ? '-' : round(target.measured, Number.isInteger(target.measured) ? 0 : 2), verdict(target)])])
