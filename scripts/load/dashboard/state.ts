/*
 * What the dashboard's server tells its page: the whole state at first, then each sample as it comes.
 */

/** Milliseconds. */
export interface Percentiles { readonly p50: number, readonly p95: number, readonly p99: number }

/** What a run came to until now, or in all. */
export interface Figures {
  /** Since the editors began. */
  readonly seconds: number
  readonly acknowledged: number
  readonly editsPerSecond: number
  readonly conflicts: number
  /** Mean of acknowledged edits. */
  readonly retriesPerEdit: number
  /** From when an editor began to read (with a rate: from when the edit was due) to its acknowledgement. */
  readonly edit: Percentiles
  /** Single requests. */
  readonly write: Percentiles
}

/** About a second of a run; percentiles and retries are undefined where no edit was acknowledged in it. */
export interface Sample {
  /** Its end, in seconds since the editors began. */
  readonly seconds: number
  readonly editsPerSecond: number
  readonly conflictsPerSecond: number
  readonly retriesPerEdit: number | undefined
  readonly edit: Percentiles | undefined
  readonly write: Percentiles | undefined
  /** Acknowledged edits that were missing when the documents were looked at last; undefined before that. */
  readonly missing: number | undefined
}

export interface Verdict {
  readonly ok: boolean
  /** How many acknowledged edits are lost. */
  readonly lost: number
  /** In words. */
  readonly line: string
  /** What was found, each with its document and edits; `more` were left out. */
  readonly findings: readonly string[]
  readonly more: number
}

/** The run of one API. `judging`: the editors are done, and the documents are read once more. */
export interface Side {
  readonly target: string
  readonly phase: 'waiting' | 'starting' | 'running' | 'judging' | 'over' | 'failed'
  readonly figures: Figures | undefined
  readonly samples: readonly Sample[]
  readonly verdict: Verdict | undefined
  /** Why it failed. */
  readonly problem: string | undefined
}

/** What the page lets people choose, as texts that the command line takes too; '' is an option that isn't given. */
export const optionNames = ['editors', 'documents', 'hot', 'duration', 'edits', 'think', 'strategy'] as const

export type OptionName = typeof optionNames[number]

export type OptionTexts = Readonly<Record<OptionName, string>>

/** A run as the page asks for it: its options, and the servers, by name. */
export interface RunForm extends OptionTexts { readonly servers: readonly string[] }

export interface DashboardState {
  /** Whether runs go on. */
  readonly running: boolean
  /** Of the runs that go on or were last, at first those of the command line. */
  readonly form: RunForm
  /** The servers to choose from; empty where the command line gives a URL. */
  readonly servers: readonly string[]
  /** The processors that servers, database and editors share. */
  readonly cores: number
  readonly sides: readonly Side[]
}

/** What the stream of events tells; `sample` is for the side at that place. */
export type Told =
  | { readonly kind: 'state', readonly state: DashboardState }
  | { readonly kind: 'sample', readonly at: number, readonly sample: Sample, readonly figures: Figures }
  | { readonly kind: 'end' }

/** Refused options: what to give instead, and which option is wrong where it is one alone. */
export interface Refusal { readonly message: string, readonly option: OptionName | undefined }
