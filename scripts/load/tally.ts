import { createHistogram, performance } from 'node:perf_hooks'

/** What an edit came to, from the editor's side. `unfinished`: the run ended between two tries. */
export type EditEnd = 'acknowledged' | 'gave-up' | 'unknown' | 'unfinished' | 'found-applied'

/** Counts of one slice of the run. */
export interface Slice { acknowledged: number, conflicts: number }

/** Length of a slice of the timeline, in milliseconds. */
export const sliceMs = 100

const microseconds = (ms: number) => Math.max(1, Math.round(ms * 1000))

/** Counts what the editors do. Histograms are of microseconds, to three significant digits. */
export class Tally {
  readonly read = createHistogram()
  readonly write = createHistogram()
  readonly edit = createHistogram()
  /** The same since they were last emptied, which is for who watches the run; nobody else reads them. */
  readonly recent = { write: createHistogram(), edit: createHistogram() }
  readonly ends: Record<EditEnd, number> = { acknowledged: 0, 'gave-up': 0, unknown: 0, unfinished: 0, 'found-applied': 0 }
  /** How many edits were acknowledged after so many retries. */
  readonly retries: number[] = []
  readonly acknowledgedBy: number[]
  readonly timeline: Slice[] = []
  conflicts = 0
  notApplied = 0
  requests = 0
  failedReads = 0
  readonly startedAt = performance.now()
  endedAt = 0
  /** `acknowledgedBy` when the first editor had no more to do; after that, slower ones are alone. */
  fairCounts: readonly number[] | undefined

  constructor(editors: number) {
    this.acknowledgedBy = Array.from({ length: editors }, () => 0)
  }

  /** A read or write was answered; `sinceMs` is from when it counts, on the clock of `performance.now`. */
  answered(kind: 'read' | 'write', sinceMs: number): void {
    this.requests++
    const took = microseconds(performance.now() - sinceMs)
    this[kind].record(took)
    if (kind === 'write') this.recent.write.record(took)
  }

  conflict(): void {
    this.conflicts++
    this.#slice().conflicts++
  }

  /** An edit came to its end, `retries` tries after the first. */
  ended(end: EditEnd, { editor, retries, sinceMs }: { editor: number, retries: number, sinceMs: number }): void {
    this.ends[end]++
    if (end !== 'acknowledged') return
    const took = microseconds(performance.now() - sinceMs)
    this.edit.record(took)
    this.recent.edit.record(took)
    this.retries[retries] = (this.retries[retries] ?? 0) + 1
    this.acknowledgedBy[editor] = (this.acknowledgedBy[editor] ?? 0) + 1
    this.#slice().acknowledged++
  }

  /** Tries after the first, of all acknowledged edits together. */
  get retried(): number {
    return this.retries.reduce((sum, count, retries) => sum + count * retries, 0)
  }

  /** An editor has no more edits to make. */
  editorDone(): void {
    this.fairCounts ??= [...this.acknowledgedBy]
  }

  #slice(): Slice {
    const at = Math.floor((performance.now() - this.startedAt) / sliceMs)
    while (this.timeline.length <= at) this.timeline.push({ acknowledged: 0, conflicts: 0 })
    return this.timeline[at] ?? { acknowledged: 0, conflicts: 0 }
  }
}
