import { faults, type FaultName } from './faults/index.js'
import type { Injection, Operation } from './history.js'
import { byDocument } from './plain-checks.js'
import type { RunRecord } from './record.js'

const isFault = (name: string): name is FaultName => Object.hasOwn(faults, name)

/** For so long before a fault began, and after it ended, a primary may have answered that was deposed, or new, in ms. */
const changingMs = 2_000

interface Span { readonly start: number, readonly end: number }

/** When the primary changed: by a fault, or because the members lost it without one, as on a machine that is busy. */
const changesOfPrimary = ({ injections, primaries }: Pick<RunRecord, 'injections' | 'primaries'>): Span[] => [
  ...injections.filter(({ fault }) => isFault(fault) && faults[fault].deposes),
  ...primaries.slice(1).map(([since], i) => ({ start: primaries[i]?.[1] ?? since, end: since }))
]

/**
 * Since when what a read shows may have been true: from before the primary changed, where it did, or changed several times one after the
 * other. The one that was deposed may not know it yet, and a new one not how far the majority had come.
 */
const relaxedStart = ({ start, end }: Operation, deposing: readonly Span[]): number => {
  for (let since = start; ;) {
    const earlier = Math.min(since, ...deposing.filter((one) => one.start - changingMs <= end && one.end + changingMs >= since).map((one) => one.start - changingMs))
    if (earlier === since) return since
    since = earlier
  }
}

/** Since when what a read shows is true at the earliest, by the answers to writes that its process had before it was asked. -Infinity where it had none. */
const toldBefore = ({ instance, start }: Operation, operations: readonly Operation[], injections: readonly Injection[]): number => {
  if (instance === undefined) return -Infinity
  const killed = Math.max(-Infinity, ...injections.filter(({ fault, detail, start: at }) => fault === 'kill-instance' && detail === `instance ${instance}` && at <= start).map((one) => one.start))
  return Math.max(-Infinity, ...operations.filter((one) => one.call.kind === 'write' && one.instance === instance && one.end <= start && one.start >= killed && (one.result.kind === 'ok' || one.result.kind === 'refused')).map((one) => one.start))
}

/**
 * The operations as they are held against what a read promises in this run. With read concern `majority` a read may show what was true a
 * moment ago, where the primary changed meanwhile: it counts as one that began before that. But no process goes back behind what
 * it has been told itself.
 */
export const judgedOperations = ({ readConcern, operations, injections, primaries }: Pick<RunRecord, 'readConcern' | 'operations' | 'injections' | 'primaries'>): readonly Operation[] => {
  if (readConcern === 'linearizable') return operations
  const ofDocument = byDocument(operations)
  const changes = changesOfPrimary({ injections, primaries })
  return operations.map((operation) => {
    if (operation.call.kind !== 'read') return operation
    const relaxed = relaxedStart(operation, changes)
    if (relaxed === operation.start) return operation
    return { ...operation, start: Math.max(relaxed, toldBefore(operation, ofDocument.get(operation.document) ?? [], injections)) }
  })
}
