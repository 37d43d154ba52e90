import type { Side } from '../state.js'

/** Milliseconds for people, on one line. */
export const time = (ms: number): string => ms >= 1000 ? `${(ms / 1000).toFixed(2)}\u00a0s` : `${ms >= 100 ? ms.toFixed(0) : ms.toFixed(1)}\u00a0ms`

/** The style sheet's class that colours what belongs to a target. */
export const colourClass = (target: string): string => `of-${['naive', 'mongoose'].find((name) => name === target) ?? 'judged'}`

/** `running`: whether runs still go on, so that a side which waits will have its turn. */
export const phaseOf = ({ phase, figures }: Side, running: boolean): string => {
  switch (phase) {
    case 'waiting': return running ? 'waits for its turn' : 'not run'
    case 'starting': return 'starting'
    case 'running': return `running, ${(figures?.seconds ?? 0).toFixed(0)} s`
    case 'judging': return 'looking for every edit'
    case 'over': return `over, ${(figures?.seconds ?? 0).toFixed(1)} s`
    case 'failed': return 'failed'
  }
}

/** What is known of lost updates. */
export const lostOf = ({ phase, samples, verdict }: Side): string => {
  if (verdict !== undefined) return verdict.lost === 0 ? 'none' : `${verdict.lost}`
  if (phase === 'waiting' || phase === 'starting' || phase === 'failed') return '–'
  const missing = samples.at(-1)?.missing
  if (missing === undefined) return 'checked at the end'
  return missing === 0 ? 'none so far' : `${missing} so far`
}

/** A side in one sentence, for those who hear the page. */
export const sentenceOf = (side: Side, running: boolean): string => {
  const { target, figures, verdict, problem } = side
  if (problem !== undefined) return `${target} failed: ${problem}.`
  if (verdict !== undefined) return `${target} is over: ${verdict.line}.`
  if (figures === undefined) return `${target}: ${phaseOf(side, running)}.`
  return `${target}: ${phaseOf(side, running)}, ${figures.editsPerSecond.toFixed(0)} edits a second, ${figures.conflicts} conflicts, lost updates: ${lostOf(side)}.`
}
