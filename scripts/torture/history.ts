/** A state of an id, as somebody was shown it. Content that wasn't shown is undefined. */
export type Seen =
  | { readonly kind: 'missing' }
  | { readonly kind: 'deleted', readonly version: number }
  | { readonly kind: 'document', readonly version: number, readonly content?: Content | undefined }

/** What a document holds, shortened: texts that are long are told by their digest. */
export interface Content {
  readonly title: string
  readonly body: string
  readonly status: string
}

/** Which states a write asks for: a document of one of these versions, any document, or none. */
export type Condition = { readonly kind: 'versions', readonly versions: readonly number[] } | { readonly kind: 'any' } | { readonly kind: 'absent' }

/** A write of one document. `title` and `body` are what it sets them to. */
export interface WriteCall {
  readonly kind: 'write'
  readonly verb: 'create' | 'put' | 'patch' | 'delete' | 'publish' | 'unpublish'
  readonly condition: Condition
  readonly title?: string | undefined
  readonly body?: string | undefined
  /** Asked to be merged (`Prefer: conflict=merge`): the content of the version that was edited. */
  readonly base?: Content | undefined
  readonly key?: string | undefined
}

export type Call = { readonly kind: 'read', readonly ifNoneMatch?: number | undefined } | WriteCall

/**
 * What became of an operation.
 * - `ok`: a read was shown `seen`; a write made it.
 * - `refused`: a write was not done; `seen` is the state that the reply names, `retryable` whether it says that the same request may succeed.
 * - `not-applied`: the service says that nothing was done, now or later (or a read got no answer).
 * - `unknown`: no answer came, or one that leaves it open.
 */
export type Result =
  | { readonly kind: 'ok', readonly seen: Seen }
  | { readonly kind: 'refused', readonly seen: Seen, readonly retryable?: boolean | undefined }
  | { readonly kind: 'not-applied' }
  | { readonly kind: 'unknown' }

/** One step of a client. Times are in ms since the run began. */
export interface Operation {
  readonly id: number
  readonly client: number
  /** Which process of the service was asked, where it was only one. */
  readonly instance?: number | undefined
  readonly document: string
  readonly call: Call
  readonly start: number
  /** When its result was known; that of an unknown one says only when the client gave up. */
  readonly end: number
  readonly result: Result
}

/** A fault, from when it was begun to when all of it was undone. */
export interface Injection {
  readonly fault: string
  readonly start: number
  readonly end: number
  readonly detail: string
}

/** Something wrong that no search is needed for: a sentence, by the name of the promise that it breaks. */
export interface Violation {
  readonly name: string
  readonly document?: string | undefined
  readonly sentence: string
  /** When it was seen, in ms since the run began; where it isn't said, the end of it shows it. */
  readonly at?: number
}
