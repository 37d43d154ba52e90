import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { disturbanceLine } from './conditions.js'
import { machineLine, type Machine } from './machine.js'
import { measureLabels } from './measures.js'
import type { BenchOptions } from './options.js'
import { statusOf } from './report.js'
import { ratio, summarizeCell, type Cell } from './results.js'
import type { ScaleResult } from './scale.js'
import { markdownTable, targetTable } from './table.js'
import type { TargetResult } from './targets.js'

const least: Readonly<Record<ScaleResult['of'], number>> = { documents: 0.8, versions: 0.9 }

const byMeasure = ({ cells }: ScaleResult): Cell[][] =>
  [...new Set(cells.map(({ measure }) => measure))].map((measure) => cells.filter((cell) => cell.measure === measure))

/** The rate with the most of it against that with the least, for each measure. */
export const scaleTargets = (results: readonly ScaleResult[]): TargetResult[] => results.flatMap((result) => byMeasure(result).map((cells) => {
  const measured = ratio(cells.at(-1), cells[0], 'rate')
  const bound = least[result.of]
  const what = result.of === 'documents' ? `with ${String(result.sizes.at(-1))} documents against ${String(result.sizes[0])}` : `of version ${String(result.sizes.at(-1))} on against the first`
  return {
    text: `${cells[0] === undefined ? '' : measureLabels[cells[0].measure]}/s ${what}`,
    wanted: `>= ${bound}`,
    measured,
    reached: measured === undefined ? undefined : measured >= bound
  }
}))

const table = (result: ScaleResult): string => markdownTable([
  [`requests/s ± spread · CPU s/1000, by ${result.of}`, ...result.sizes.map((size) => String(size))],
  ...byMeasure(result).map((cells) => [cells[0] === undefined ? '' : measureLabels[cells[0].measure], ...cells.map(summarizeCell).map(({ rate, spread, cpu }) => `${rate.toFixed(0)} ±${(spread * 100).toFixed(0)}% · ${cpu.toFixed(3)}`)])
])

/** Prints the numbers and targets, and writes `scale.json`. The exit status of the command. */
export const reportScale = async (results: readonly ScaleResult[], machine: Machine, others: number, { out, check }: BenchOptions): Promise<number> => {
  const targets = scaleTargets(results)
  process.stdout.write(`${[machineLine(machine), ...disturbanceLine(others), '', ...results.map((result) => `${table(result)}\n`), targetTable(targets)].join('\n')}\n`)
  await mkdir(out, { recursive: true })
  await writeFile(join(out, 'scale.json'), `${JSON.stringify({ machine, others, results, targets }, null, 2)}\n`)
  return statusOf({ others, targets }, check)
}
