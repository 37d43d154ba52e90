import type { Operation, Violation } from './history.js'
import { checkLinearizability } from './linearizability.js'
import { byDocument, checkOperations } from './plain-checks.js'
import type { RunRecord } from './record.js'

const everyMs = 1_000

/** The operations as they stood at a time: what had no answer yet may have been done or not. */
const until = (operations: readonly Operation[], at: number): Operation[] => operations
  .filter(({ start }) => start <= at)
  .map((operation) => operation.end <= at ? operation : { ...operation, end: at, result: { kind: operation.call.kind === 'read' ? 'not-applied' : 'unknown' } })

/**
 * After how many seconds of a run that failed the answers up to then showed it, or a single reply or event did; its end shows it where
 * they never do. `judged`: the operations as they are held against the promise.
 */
export const foundAfter = ({ ended }: RunRecord, judged: readonly Operation[], violations: readonly Violation[]): number => {
  const first = violations.reduce((least, { at = ended }) => Math.min(least, at), ended)
  for (let at = everyMs; at < first; at += everyMs) {
    for (const [document, operations] of byDocument(until(judged, at))) {
      if (checkOperations(document, operations).length > 0 || checkLinearizability(operations).kind === 'not-linearizable') return at / 1_000
    }
  }
  return Math.ceil(first / 1_000)
}
