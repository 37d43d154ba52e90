import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { conditions } from './conditions.js'
import { mostDisturbed } from './disturbance.js'
import { machineLine, type Machine } from './machine.js'
import { benchPage } from './page.js'
import { summarizeCell, type Cell, type CellSummary } from './results.js'
import { resultTables, targetTable } from './table.js'
import { judgeTargets, type TargetResult } from './targets.js'

/** A whole run, as it is written down. */
export interface Report {
  readonly machine: Machine
  readonly machineLine: string
  readonly conditions: readonly string[]
  /** The share of the machine that other processes used meanwhile; NaN (in JSON null) where the system doesn't tell. */
  readonly others: number
  readonly cells: readonly CellSummary[]
  readonly targets: readonly TargetResult[]
  /** Every round of every cell. */
  readonly rounds: readonly Cell[]
}

export const makeReport = (rounds: readonly Cell[], machine: Machine, settings: Parameters<typeof conditions>[0]): Report =>
  ({ machine, machineLine: machineLine(machine), conditions: conditions(settings), others: settings.others, cells: rounds.map(summarizeCell), targets: judgeTargets(rounds), rounds })

/** The report for a terminal. */
export const reportText = ({ machineLine, conditions, cells, targets }: Report): string =>
  [machineLine, ...conditions, '', resultTables(cells), '', targetTable(targets)].join('\n')

/** The exit status: 0, or with `check` 2 where the machine was too busy for the numbers to be of use, and 1 where a target was missed. */
export const statusOf = ({ others, targets }: Pick<Report, 'others' | 'targets'>, check: boolean): number => {
  if (!check) return 0
  if (others > mostDisturbed) return 2
  return targets.some(({ reached }) => reached === false) ? 1 : 0
}

/** Writes `latest.json` and `latest.html` into a directory, which is made. */
export const writeReport = async (report: Report, directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'latest.json'), `${JSON.stringify(report, null, 2)}\n`)
  await writeFile(join(directory, 'latest.html'), benchPage(report))
}
