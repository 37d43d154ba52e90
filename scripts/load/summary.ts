import type { RecordableHistogram } from 'node:perf_hooks'
import { findingNames, sentence, type Edit, type Finding } from './finding.js'
import type { EditingOptions } from './options.js'
import type { RunResult } from './run.js'
import { sliceMs, type EditEnd, type Slice } from './tally.js'

/** Milliseconds. */
export interface Latency { readonly count: number, readonly p50: number, readonly p95: number, readonly p99: number, readonly max: number }

/** A point of a distribution: `percent` of the values are at most `ms`. */
export interface DistributionPoint { readonly percent: number, readonly ms: number }

/** A finding as `--json` writes it: versions by their keys, and the same as one sentence. */
export interface FindingSummary extends Omit<Finding, 'edits'> {
  readonly edits: readonly { readonly mark: string, readonly editor: number, readonly outcome: Edit['outcome'], readonly base: string, readonly version: string | undefined }[]
  readonly sentence: string
}

const summarizeFinding = (finding: Finding): FindingSummary => ({
  ...finding,
  edits: finding.edits.map(({ mark, editor, outcome, base, version }) => ({ mark, editor, outcome, base: base.key, version: version?.key })),
  sentence: sentence(finding)
})

/** The numbers of a run, as `--json` writes them. */
export interface Summary {
  readonly target: string
  readonly editing: EditingOptions
  /** From the first edit to the last answer. */
  readonly seconds: number
  readonly edits: Readonly<Record<EditEnd, number>>
  readonly editsPerSecond: number
  /** 409 and 412. */
  readonly conflicts: number
  /** Writes that the API said it did not make and that were tried again, such as 429. */
  readonly notApplied: number
  readonly failedReads: number
  readonly requests: number
  readonly requestsPerEdit: number
  /** Of acknowledged edits. */
  readonly retries: { readonly mean: number, readonly p95: number, readonly max: number }
  /**
   * `edit` is from when an editor began to read (with a rate: from when the edit was due) to its acknowledgement, thinking
   * included; `read` and `write` are single requests, and with a rate the first read of an edit also counts from when it was due.
   */
  readonly latency: { readonly corrected: boolean, readonly read: Latency, readonly write: Latency, readonly edit: Latency }
  readonly distribution: { readonly read: readonly DistributionPoint[], readonly write: readonly DistributionPoint[], readonly edit: readonly DistributionPoint[] }
  /** Acknowledged edits of the slowest and the fastest editor, up to when the first one had no more to do. */
  readonly fairness: { readonly slowest: number, readonly fastest: number }
  readonly acknowledgedBy: readonly number[]
  readonly timeline: { readonly sliceMs: number, readonly slices: readonly Slice[] }
  readonly found: Readonly<Record<Finding['kind'], number>>
  readonly findings: readonly FindingSummary[]
}

const percents = [0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 100]

const ms = (microseconds: number) => Math.round(microseconds) / 1000

const latencyOf = (histogram: RecordableHistogram): Latency => {
  const at = (percent: number) => histogram.count === 0 ? 0 : ms(histogram.percentile(percent))
  return { count: histogram.count, p50: at(50), p95: at(95), p99: at(99), max: histogram.count === 0 ? 0 : ms(histogram.max) }
}

const distributionOf = (histogram: RecordableHistogram): DistributionPoint[] => histogram.count === 0
  ? []
  : percents.map((percent) => ({ percent, ms: ms(percent === 0 ? histogram.min : histogram.percentile(percent)) }))

const retriesOf = (counts: readonly (number | undefined)[], edits: number): Summary['retries'] => {
  let before = 0
  let sum = 0
  let p95: number | undefined
  counts.forEach((count = 0, retries) => {
    sum += count * retries
    before += count
    if (p95 === undefined && before >= edits * 0.95) p95 = retries
  })
  return { mean: edits === 0 ? 0 : sum / edits, p95: p95 ?? 0, max: Math.max(0, counts.length - 1) }
}

/** The numbers of one run; `target` is what was loaded, in words. */
export const summarize = (target: string, editing: EditingOptions, { tally, findings }: RunResult): Summary => {
  const { acknowledged } = tally.ends
  const seconds = (tally.endedAt - tally.startedAt) / 1000
  const fair = tally.fairCounts ?? tally.acknowledgedBy
  const count = (kind: Finding['kind']) => findings.filter((finding) => finding.kind === kind).length
  return {
    target,
    editing,
    seconds,
    edits: { ...tally.ends },
    editsPerSecond: acknowledged / seconds,
    conflicts: tally.conflicts,
    notApplied: tally.notApplied,
    failedReads: tally.failedReads,
    requests: tally.requests,
    requestsPerEdit: tally.requests / acknowledged,
    retries: retriesOf(tally.retries, acknowledged),
    latency: { corrected: editing.rate !== undefined, read: latencyOf(tally.read), write: latencyOf(tally.write), edit: latencyOf(tally.edit) },
    distribution: { read: distributionOf(tally.read), write: distributionOf(tally.write), edit: distributionOf(tally.edit) },
    fairness: { slowest: Math.min(...fair), fastest: Math.max(...fair) },
    acknowledgedBy: tally.acknowledgedBy,
    timeline: { sliceMs, slices: tally.timeline },
    found: {
      lost: count('lost'),
      doubled: count('doubled'),
      'version-repeated': count('version-repeated'),
      'version-went-back': count('version-went-back'),
      'refused-applied': count('refused-applied')
    },
    findings: findings.map(summarizeFinding)
  }
}

/** The kinds of what was found, with how many of each, or `nothing lost, doubled or repeated`. */
export const verdictLine = ({ found, edits }: Summary): string => {
  const kinds = Object.entries(findingNames).flatMap(([kind, name]) => {
    const count = Object.entries(found).find(([each]) => each === kind)?.[1] ?? 0
    return count > 0 ? [`${count} ${name}`] : []
  })
  return kinds.length === 0 ? `none of ${edits.acknowledged} acknowledged edits lost or doubled` : kinds.join(', ')
}
