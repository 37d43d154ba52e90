import { cpuSeconds } from './cpu-time.js'
import type { ContenderName } from './contender-names.js'
import type { Contender } from './contenders.js'
import { connectionsOf, takesPart, type MeasureName } from './measures.js'
import type { Cell } from './results.js'
import type { Sample } from './sample.js'

export interface RoundsOptions {
  readonly contenders: readonly Contender[]
  readonly measures: readonly MeasureName[]
  readonly rounds: number
  /** Of each run, in ms. */
  readonly ms: number
  readonly mongodPid: number
  readonly connections?: (measure: MeasureName) => number
  /** Takes each run as it begins. */
  readonly onRun?: (contender: ContenderName, measure: MeasureName, round: number) => void
  /** Ends the rounds early. */
  readonly signal?: AbortSignal
}

const difference = (after: number | undefined, before: number | undefined): number | undefined =>
  after === undefined || before === undefined ? undefined : after - before

/** Runs one measure of one contender once, and takes the CPU time of its process and of mongod. */
const sample = async (contender: Contender, measure: MeasureName, connections: number, ms: number, mongodPid: number): Promise<Sample> => {
  const pids = [contender.pid, mongodPid]
  const [serverBefore, mongodBefore] = await cpuSeconds(pids)
  const result = await contender.run({ measure, connections, ms })
  const [serverAfter, mongodAfter] = await cpuSeconds(pids)
  return { ...result, serverCpu: difference(serverAfter, serverBefore), mongodCpu: difference(mongodAfter, mongodBefore) }
}

/**
 * Runs each measure in rounds, in which the contenders take turns, A B C A B C, so that what disturbs the machine disturbs all alike.
 * Before the first round each has a turn to warm up, which isn't counted, and at the first measure two more: a server of JavaScript is as
 * fast as it gets only after some ten thousand requests.
 */
export const runRounds = async ({ contenders, measures, rounds, ms, mongodPid, connections = connectionsOf, onRun, signal }: RoundsOptions): Promise<Cell[]> => {
  const cells: Cell[] = []
  for (const measure of measures) {
    const taking = contenders.filter(({ name }) => takesPart(name, measure))
    const samples = new Map<Contender, Sample[]>(taking.map((contender) => [contender, []]))
    for (let round = 0; round <= rounds; round++) {
      for (const contender of taking) {
        signal?.throwIfAborted()
        onRun?.(contender.name, measure, round)
        if (round === 0) await contender.run({ measure, connections: connections(measure), ms: measure === measures[0] ? 3 * ms : ms })
        else samples.get(contender)?.push(await sample(contender, measure, connections(measure), ms, mongodPid))
      }
    }
    for (const [{ name }, own] of samples) cells.push({ contender: name, measure, rounds: own })
  }
  return cells
}
