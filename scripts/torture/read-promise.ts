import { faults, type FaultName } from './faults/index.js'
import type { Injection, Operation } from './history.js'
import type { RunRecord } from './record.js'

const isFault = (name: string): name is FaultName => Object.hasOwn(faults, name)

/** For so long before a fault began, and after it ended, a deposed primary may have answered, in ms. */
const deposedMs = 2_000

/**
 * With read concern `majority` a read may show what was true a moment ago, where a primary was deposed meanwhile and didn't know it
 * yet. It then counts as one that began before that fault did.
 */
const relaxed = (operation: Operation, injections: readonly Injection[]): Operation => {
  if (operation.call.kind !== 'read') return operation
  const deposing = injections.filter(({ fault, start, end }) => isFault(fault) && faults[fault].deposes && start - deposedMs <= operation.end && end + deposedMs >= operation.start)
  return { ...operation, start: Math.min(operation.start, ...deposing.map(({ start }) => start - deposedMs)) }
}

/** The operations as they are held against what a read promises in this run. */
export const judgedOperations = ({ readConcern, operations, injections }: Pick<RunRecord, 'readConcern' | 'operations' | 'injections'>): readonly Operation[] =>
  readConcern === 'majority' ? operations.map((operation) => relaxed(operation, injections)) : operations
