import type { Exchange } from './api.js'
import type { Memory } from './service-instance.js'
import type { Injection, Operation, Violation } from './history.js'
import type { Subscription } from './subscribers/told.js'

/** A line that a client added to the text of a ledger. */
export interface LedgerLine {
  readonly document: string
  readonly line: string
  readonly outcome: 'done' | 'not-done' | 'unknown'
}

/** A document that was created by a POST with a key, sent more than once. */
export interface KeyedCreation {
  /** When it was first sent, in ms of the run. */
  readonly start: number
  readonly title: string
  /** The ids that the replies named. */
  readonly ids: readonly string[]
  readonly outcome: 'done' | 'not-done' | 'unknown'
}

/** A time for which a document certainly held a value that must be unique: from when that was acknowledged to when it was first given up. */
export interface Hold {
  readonly value: string
  readonly document: string
  readonly from: number
  until?: number
}

/** What the database holds at the end, past the service. */
export interface EndState {
  /** The ids of the documents with each title of a keyed creation. */
  readonly created: Readonly<Record<string, readonly string[]>>
  /** The texts of the ledgers, by document. */
  readonly ledgers: Readonly<Record<string, string>>
  /** What `/revisions` has of documents, the latest first. */
  readonly revisions: Readonly<Record<string, { readonly current: number, readonly versions: readonly number[] }>>
}

/** Everything that a run recorded, and all that its check needs. */
export interface RunRecord {
  readonly seconds: number
  readonly seed: number
  readonly readConcern: 'majority' | 'linearizable'
  readonly plant: string | undefined
  readonly operations: readonly Operation[]
  readonly injections: readonly Injection[]
  readonly lines: readonly LedgerLine[]
  readonly creations: readonly KeyedCreation[]
  readonly holds: readonly Hold[]
  /** What those who listen to the events were told. */
  readonly subscriptions: readonly Subscription[]
  /** What clients found wrong in a single reply. */
  readonly found: readonly Violation[]
  /** Exchanges that took long, or had no answer. */
  readonly slow: readonly Exchange[]
  /** When the machine stood still, so that times say nothing: from and to, in ms. */
  readonly stalls: readonly (readonly [number, number])[]
  /** Since when, and until when, a primary was known. */
  readonly primaries: readonly (readonly [number, number])[]
  /** When faults were over and the clients were told to stop. */
  readonly ended: number
  readonly endState: EndState
  /** What memory the instances used together, at each tenth of a soak, in bytes. */
  readonly memory: readonly Memory[]
}
