import type { Operation, Violation } from '../history.js'
import type { RunRecord } from '../record.js'
import { knownVersions } from './known-versions.js'
import { orderCheck } from './order-check.js'
import { truthCheck } from './truth-check.js'

/** How much the subscribers of a run did. */
export interface Listening {
  readonly subscribers: number
  readonly events: number
  readonly reconnects: number
  readonly resyncs: number
}

export interface SubscribersVerdict {
  readonly violations: readonly Violation[]
  readonly listening: Listening
  /** Why they did too little to tell. */
  readonly lazy: readonly string[]
}

/** Judges what those who listen were told. `judged`: the operations as they are held against what a read promises. */
export const judgeSubscribers = ({ subscriptions, creations }: Pick<RunRecord, 'subscriptions' | 'creations'>, judged: readonly Operation[]): SubscribersVerdict => {
  const known = knownVersions(judged, creations)
  const counted = subscriptions.map(({ name, document, told }) => ({
    name,
    ofAll: document === undefined,
    events: told.filter(({ kind }) => kind === 'event').length,
    connections: told.filter(({ kind }) => kind === 'opened').length,
    resyncs: told.filter(({ kind }) => kind === 'resync').length
  }))
  const sum = (of: (one: typeof counted[number]) => number): number => counted.reduce((sum, one) => sum + of(one), 0)
  return {
    violations: [...subscriptions.flatMap((subscription) => orderCheck(subscription, known)), ...truthCheck(subscriptions, known)],
    listening: { subscribers: counted.length, events: sum(({ events }) => events), reconnects: sum(({ connections }) => Math.max(0, connections - 1)), resyncs: sum(({ resyncs }) => resyncs) },
    lazy: [
      ...(counted.some(({ ofAll }) => ofAll) ? [] : ['nobody listened to the events of all documents']),
      ...counted.filter(({ ofAll, events }) => ofAll && events === 0).map(({ name }) => `${name} was told of nothing`),
      ...(sum(({ ofAll, events }) => ofAll ? 0 : events) > 0 ? [] : ['no subscriber of one document was told of anything'])
    ]
  }
}
