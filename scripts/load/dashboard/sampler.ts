import { performance, type RecordableHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GoingRun } from '../run.js'
import type { Tally } from '../tally.js'
import type { Figures, Percentiles, Sample } from './state.js'

/** Length of a sample, in milliseconds. */
const sampleMs = 1_000

const percentilesOf = (histogram: RecordableHistogram): Percentiles => {
  const at = (percent: number) => histogram.count === 0 ? 0 : Math.round(histogram.percentile(percent)) / 1000
  return { p50: at(50), p95: at(95), p99: at(99) }
}

const figuresOf = (tally: Tally, seconds: number): Figures => {
  const { ends: { acknowledged }, conflicts, retried, edit, write } = tally
  return {
    seconds,
    acknowledged,
    editsPerSecond: acknowledged / seconds,
    conflicts,
    retriesPerEdit: retried / Math.max(1, acknowledged),
    edit: percentilesOf(edit),
    write: percentilesOf(write)
  }
}

/** What was counted since the last sample. */
class Counts {
  acknowledged = 0
  conflicts = 0
  retried = 0
  seconds = 0

  next({ ends: { acknowledged }, conflicts, retried, recent }: Tally, { seconds, missing }: { seconds: number, missing: number | undefined }): Sample {
    const edits = acknowledged - this.acknowledged
    const elapsed = seconds - this.seconds
    const sample = {
      seconds,
      missing,
      editsPerSecond: edits / elapsed,
      conflictsPerSecond: (conflicts - this.conflicts) / elapsed,
      retriesPerEdit: edits === 0 ? undefined : (retried - this.retried) / edits,
      edit: edits === 0 ? undefined : percentilesOf(recent.edit),
      write: recent.write.count === 0 ? undefined : percentilesOf(recent.write)
    }
    recent.edit.reset()
    recent.write.reset()
    Object.assign(this, { acknowledged, conflicts, retried, seconds })
    return sample
  }
}

/**
 * Takes a sample of a run each second and looks for missing edits, until the function that it gives is called. `onSample` takes each, and the figures
 * until then; `onJudging` is called once the editors are done.
 */
export const sampleRun = ({ tally, countMissing }: GoingRun, { onSample, onJudging }: { readonly onSample: (sample: Sample, figures: Figures) => void, readonly onJudging: () => void }): (() => void) => {
  const over = new AbortController()
  const { signal } = over
  const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined)
  const counts = new Counts()
  let missing: number | undefined

  /** A sample up to now, unless too little time went by to tell a rate; gives the seconds since the editors began. */
  const take = (): number => {
    const seconds = ((tally.endedAt > 0 ? tally.endedAt : performance.now()) - tally.startedAt) / 1000
    if (seconds - counts.seconds >= sampleMs / 2000) onSample(counts.next(tally, { seconds, missing }), figuresOf(tally, seconds))
    return seconds
  }
  const sample = async () => {
    while (!signal.aborted && tally.endedAt === 0) {
      const due = tally.startedAt + (Math.floor(take() + 0.5) + 1) * sampleMs
      await wait(due - performance.now())
    }
    if (!signal.aborted) onJudging()
  }
  const look = async () => {
    while (!signal.aborted && tally.endedAt === 0) {
      const began = performance.now()
      missing = await countMissing()
      await wait(Math.max(0, began + sampleMs - performance.now()))
    }
  }
  void sample()
  void look()
  return () => {
    over.abort()
    take()
  }
}
