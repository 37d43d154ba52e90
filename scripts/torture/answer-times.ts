import type { Violation } from './history.js'
import type { RunRecord } from './record.js'

/** How long an answer may take, in ms: that of a write more while a write is unknown; and what is allowed for this process and the network. */
const soonMs = 3_000
const unknownMs = 10_000
const slackMs = 700
/** How long after a new primary writes may still fail, in ms. */
const recoveryMs = 15_000

type Span = readonly [number, number]

const overlaps = ([start, end]: Span, spans: readonly Span[]): boolean => spans.some(([from, to]) => from <= end && to >= start)

/** An answer always comes, and in time: but for those that the network between client and service took, or a machine that stood still. */
const answersInTime = ({ slow, injections, stalls }: RunRecord): Violation[] => {
  const excused = [...stalls, ...injections.filter(({ fault }) => fault === 'client-links').map(({ start, end }): Span => [start, end])]
  // What took long and was done after all was unknown in between, and so is what waited for it.
  const unknown = slow.filter(({ request, start, end, outcome }) => !request.startsWith('GET') && outcome !== 'not-applied' && end - start > soonMs).map(({ start, end }): Span => [start, end])
  return slow.flatMap(({ request, start, end, status, outcome }): Violation[] => {
    const isSoon = request.startsWith('GET') || (outcome === 'not-applied' && !overlaps([start, end], unknown))
    const limit = isSoon ? soonMs : unknownMs
    if (end - start <= limit + slackMs || overlaps([start, end], excused)) return []
    return [{ name: 'late-answer', sentence: `${request} took ${Math.round(end - start)} ms from ${Math.round(start)} and was answered ${status === undefined ? 'not at all' : `${status} ${outcome ?? ''}`}` }]
  })
}

const doneWrites = ({ operations }: RunRecord): number[] => operations.filter(({ call, result }) => call.kind === 'write' && result.kind === 'ok').map(({ end }) => end).sort((a, b) => a - b)

/** The times without a successful write, in ms of the run. */
const writeGaps = (run: RunRecord): Span[] => {
  const ends = [0, ...doneWrites(run).filter((end) => end <= run.ended), run.ended]
  return ends.slice(1).map((end, i): Span => [ends[i] ?? 0, end])
}

/** The longest time without a successful write, in ms. */
export const longestGapMs = (run: RunRecord): number => Math.max(0, ...writeGaps(run).map(([from, to]) => to - from))

/** Writes succeed again within 15 s of a new primary, where no fault keeps them from it. */
const writesRecover = (run: RunRecord): Violation[] => writeGaps(run).flatMap(([from, to]): Violation[] => {
  const primary = run.primaries.filter(([since, until]) => since <= to && until >= to).map(([since]) => since)[0]
  if (primary === undefined || overlaps([from, to], run.stalls)) return []
  const begin = Math.max(from, primary, ...run.injections.filter(({ start }) => start <= to).map(({ end }) => Math.min(end, to)))
  return to - begin <= recoveryMs ? [] : [{ name: 'no-recovery', sentence: `no write succeeded from ${Math.round(from)} to ${Math.round(to)} ms, though a primary was there since ${Math.round(primary)} ms` }]
})

export const timeChecks = (run: RunRecord): Violation[] => [...answersInTime(run), ...writesRecover(run)]
