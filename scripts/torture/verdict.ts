import { longestGapMs, timeChecks } from './answer-times.js'
import { foundAfter } from './found-after.js'
import type { Operation, Violation } from './history.js'
import { checkLinearizability } from './linearizability.js'
import { memoryFlat } from './memory.js'
import { stateKey } from './model.js'
import { byDocument, plainChecks } from './plain-checks.js'
import { judgedOperations } from './read-promise.js'
import type { RunRecord } from './record.js'
import { judgeSubscribers, type Listening } from './subscribers/judge-subscribers.js'

/** The share of refusals that a run must have had to count. */
const leastConflicts = 0.05

/** What a run comes to. */
export interface Verdict {
  readonly operations: Readonly<Record<'ok' | 'refused' | 'not-applied' | 'unknown', number>>
  readonly acknowledgedPerSecond: number
  /** Refusals among the writes that were answered, 0 to 1. */
  readonly conflicts: number
  readonly faults: Readonly<Record<string, number>>
  readonly documents: number
  readonly longestGapMs: number
  readonly listening: Listening
  readonly checkMs: number
  readonly violations: readonly Violation[]
  /** After how many seconds the first of them showed; undefined where there are none. */
  readonly foundAfter: number | undefined
  /** Why the run doesn't count, where it did too little. */
  readonly lazy: readonly string[]
}

const describe = ({ id, client, call, start, end, result }: Operation): string =>
  `operation ${id} of client ${client} (${call.kind === 'read' ? 'read' : `${call.verb} of ${JSON.stringify(call.condition)}`}, ${start.toFixed(1)} to ${end.toFixed(1)} ms: ${JSON.stringify(result)})`

interface Checked { readonly violations: readonly Violation[], readonly outOfTime: number }

/** Checks each document, until `withinMs` are over. */
const checkDocuments = (operations: readonly Operation[], withinMs: number): Checked => {
  const until = performance.now() + withinMs
  let outOfTime = 0
  const violations: Violation[] = []
  for (const [document, judged] of byDocument(operations)) {
    const result = checkLinearizability(judged, until)
    if (result.kind === 'out-of-time') outOfTime++
    if (result.kind !== 'not-linearizable') continue
    const { stuckAt, candidates } = result
    const blamed = candidates.slice(0, 4).map((operation) => describe(operation))
    violations.push({ name: 'not-linearizable', document, sentence: `no order explains it: in state ${JSON.stringify(stateKey(stuckAt))} none of these can come next: ${blamed.join('; ')}` })
  }
  return { violations, outOfTime }
}

/** How long no fault was at work, or still felt, in ms. */
const calmOf = ({ operations, injections, ended }: RunRecord): { readonly ms: number, readonly isCalm: (at: number) => boolean } => {
  const done = operations.filter(({ call, result }) => call.kind === 'write' && result.kind === 'ok').map(({ end }) => end).sort((a, b) => a - b)
  const felt = injections.map(({ start, end }) => ({ start, end: Math.min(ended, done.find((at) => at > end + 500) ?? ended) }))
  const isCalm = (at: number): boolean => at <= ended && !felt.some(({ start, end }) => start <= at && at <= end)
  let ms = 0
  for (let at = 0; at < ended; at += 10) if (isCalm(at)) ms += 10
  return { ms, isCalm }
}

const count = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** Judges a run: what was broken, and whether it did enough to tell. `checkMs`: how long the search for an order may take; `leastPerSecond`: how many operations must be acknowledged outside faults. */
export const judge = (run: RunRecord, { checkMs, leastPerSecond }: { readonly checkMs: number, readonly leastPerSecond: number }): Verdict => {
  const begun = performance.now()
  const judged = judgedOperations(run)
  const { violations: unordered, outOfTime } = checkDocuments(judged, checkMs)
  const subscribers = judgeSubscribers(run, judged)
  const violations = [...plainChecks(run), ...unordered, ...timeChecks(run), ...memoryFlat(run), ...subscribers.violations]
  const { ms, isCalm } = calmOf(run)
  const acknowledged = run.operations.filter(({ result, end }) => result.kind === 'ok' && isCalm(end)).length
  const acknowledgedPerSecond = ms === 0 ? 0 : acknowledged * 1_000 / ms
  const answered = run.operations.filter(({ call, result }) => call.kind === 'write' && (result.kind === 'ok' || result.kind === 'refused'))
  const conflicts = answered.filter(({ result }) => result.kind === 'refused').length / Math.max(1, answered.length)
  const outcomes = count(run.operations.map(({ result }) => result.kind))
  return {
    operations: { ok: outcomes.ok ?? 0, refused: outcomes.refused ?? 0, 'not-applied': outcomes['not-applied'] ?? 0, unknown: outcomes.unknown ?? 0 },
    acknowledgedPerSecond,
    conflicts,
    faults: count(run.injections.map(({ fault }) => fault)),
    documents: byDocument(run.operations).size,
    longestGapMs: longestGapMs(run),
    listening: subscribers.listening,
    checkMs: performance.now() - begun,
    violations,
    foundAfter: violations.length === 0 ? undefined : foundAfter(run, judged, violations),
    lazy: [
      ...(acknowledgedPerSecond < leastPerSecond ? [`${acknowledgedPerSecond.toFixed(0)} operations a second were acknowledged outside faults, and must be ${leastPerSecond}`] : []),
      ...(conflicts < leastConflicts ? [`${(100 * conflicts).toFixed(1)} % of the writes were refused, and must be ${100 * leastConflicts} %`] : []),
      ...subscribers.lazy,
      ...(outOfTime > 0 ? [`the check of ${outOfTime} documents ran out of time: give it more --check-seconds`] : [])
    ]
  }
}
