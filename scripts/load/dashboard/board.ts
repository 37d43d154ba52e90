import type { GoingRun } from '../run.js'
import { findingNames } from '../finding.js'
import { verdictLine, type Summary } from '../summary.js'
import type { Watcher } from '../in-turn.js'
import { sampleRun } from './sampler.js'
import type { DashboardState, RunForm, Side, Told, Verdict } from './state.js'

/** How many findings of one run are told; `--json` writes all. */
const mostFindings = 1_000

/** Samples of one run that are kept: with more, every other one goes, and each of the rest still tells of its own second. */
const mostSamples = 2_000

const waiting = (target: string): Side => ({ target, phase: 'waiting', figures: undefined, samples: [], verdict: undefined, problem: undefined })

/** Lost updates first. */
const verdictOf = (summary: Summary): Verdict => {
  const findings = Object.keys(findingNames).flatMap((kind) => summary.findings.filter((finding) => finding.kind === kind))
  return {
    ok: findings.length === 0,
    lost: summary.found.lost,
    line: verdictLine(summary),
    findings: findings.slice(0, mostFindings).map(({ sentence }) => sentence),
    more: Math.max(0, findings.length - mostFindings)
  }
}

/** What the dashboard shows: the runs that go on or were last. It is told of them as their watcher, and tells all who listen. */
export class Board implements Watcher {
  #state: DashboardState
  readonly #listeners = new Set<(told: Told) => void>()

  constructor(first: Pick<DashboardState, 'form' | 'servers' | 'cores'>) {
    this.#state = { ...first, running: false, sides: [] }
  }

  get running(): boolean {
    return this.#state.running
  }

  /** Tells `listener` the state as it is, and then all that happens; gives the function that ends it. */
  listen(listener: (told: Told) => void): () => void {
    this.#listeners.add(listener)
    listener({ kind: 'state', state: this.#state })
    return () => void this.#listeners.delete(listener)
  }

  /** Runs of these targets begin, in this order. */
  begin(form: RunForm, targets: readonly string[]): void {
    this.#change({ form, running: true, sides: targets.map(waiting) })
  }

  /** The runs are over; those that did not begin stay as they are. */
  finish(): void {
    this.#change({ running: false })
  }

  /** The run that is up could not be made or judged. */
  fail(problem: string): void {
    const up = this.#state.sides.find(({ phase }) => phase !== 'over')
    if (up !== undefined) this.#changeSide(up.target, { phase: 'failed', problem })
  }

  /** Nothing more will be told. */
  end(): void {
    this.#tell({ kind: 'end' })
  }

  readonly onNext = (target: string): void => this.#changeSide(target, { phase: 'starting' })

  readonly onStart = (target: string, going: GoingRun): (() => void) => {
    this.#changeSide(target, { phase: 'running' })
    return sampleRun(going, {
      onJudging: () => this.#changeSide(target, { phase: 'judging' }),
      onSample: (sample, figures) => {
        const at = this.#state.sides.findIndex((side) => side.target === target)
        const samples = [...this.#state.sides[at]?.samples ?? [], sample]
        if (samples.length > mostSamples) {
          this.#changeSide(target, { figures, samples: samples.filter((_, place) => place % 2 === 1) })
          return
        }
        this.#state = { ...this.#state, sides: this.#state.sides.map((side, place) => place === at ? { ...side, figures, samples } : side) }
        this.#tell({ kind: 'sample', at, sample, figures })
      }
    })
  }

  readonly onSummary = (target: string, summary: Summary): void => {
    const { seconds, edits: { acknowledged }, editsPerSecond, conflicts, retries, latency: { edit, write }, found: { lost } } = summary
    const samples = this.#state.sides.find((side) => side.target === target)?.samples ?? []
    this.#changeSide(target, {
      phase: 'over',
      samples: samples.map((sample, at) => at === samples.length - 1 ? { ...sample, missing: lost } : sample),
      figures: { seconds, acknowledged, editsPerSecond, conflicts, retriesPerEdit: retries.mean, edit, write },
      verdict: verdictOf(summary)
    })
  }

  #changeSide(target: string, change: Partial<Side>): void {
    this.#change({ sides: this.#state.sides.map((side) => side.target === target ? { ...side, ...change } : side) })
  }

  #change(change: Partial<DashboardState>): void {
    this.#state = { ...this.#state, ...change }
    this.#tell({ kind: 'state', state: this.#state })
  }

  #tell(told: Told): void {
    for (const listener of this.#listeners) listener(told)
  }
}
