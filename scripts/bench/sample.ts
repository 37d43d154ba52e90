import type { MeasureName } from './measures.js'

/** What a worker process is asked for. */
export type Job =
  /** Stores the documents that the measures are about, under the contender's URL. */
  | { readonly kind: 'prepare', readonly contender: string, readonly collection: string, readonly documents: number }
  /** The same for documents that are there already, in version 1. */
  | { readonly kind: 'adopt', readonly contender: string, readonly collection: string, readonly ids: readonly string[] }
  | { readonly kind: 'run', readonly contender: string, readonly measure: MeasureName, readonly connections: number, readonly ms: number }
  /** Edits the documents, as many at once as there are connections, until each has this many more versions. */
  | { readonly kind: 'edit', readonly contender: string, readonly connections: number, readonly times: number }

/** What a worker answers: a sample to `run`, nothing to anything else, or why it failed. */
export type Answer = { readonly sample?: WorkerSample } | { readonly failure: string }

/** One run of one measure, as the worker saw it. */
export interface WorkerSample {
  /** Requests that got the answer that is measured; with a hot document, accepted edits. */
  readonly done: number
  /** Until the last answer. */
  readonly seconds: number
  /** Of a request, in ms. */
  readonly p50: number
  readonly p99: number
  /** Hot document: edits that were acknowledged and overwritten, by the versions; absent where there are no numbers for versions. */
  readonly lost?: number
  /** `hot-merge`: of the edits that were made on an old version, but whose field nobody had changed since, the share that was done at once. */
  readonly merged?: number
}

/** One run of one measure, with the CPU time that it took, in seconds; undefined where the system doesn't tell. */
export interface Sample extends WorkerSample {
  readonly serverCpu: number | undefined
  readonly mongodCpu: number | undefined
}
