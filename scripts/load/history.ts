import type { Edit, Version } from './finding.js'

/** An edit and what the verdict needs to know of it. */
export interface EditRecord extends Edit {
  outcome: Edit['outcome']
  base: Version
  version: Version | undefined
  /** The editor's last mark in the base, on which this mark follows; undefined where the section was empty. */
  parent: string | undefined
  /** The editor's section as its latest attempt sent it. */
  section: readonly string[]
  /** Place in the order of acknowledgements; undefined without one. */
  acknowledgedAs: number | undefined
}

/** One content of a document, as somebody was shown it: by a read, a 409 or the reply to a write. */
export interface Content { readonly version: Version, readonly text: string }

/** How a content came to be shown. */
export interface Shown {
  /** As asked before the operation that showed it. */
  readonly floor: Version
  /** Whether a read showed it: an opaque tag in a reply to a write may be that of the reply (a hash of its body), and is then no version. */
  readonly byRead: boolean
}

/** The last content of a document, read after the last answer to an edit. */
export interface LastContent extends Content { readonly document: string, readonly floor: Version }

/** What is known of one document. */
export interface DocumentHistory {
  readonly initial: Version
  readonly edits: Map<string, EditRecord>
  /** The last marks of all sections, by version. */
  readonly contents: Map<string, string>
  /** The versions that were shown with these last marks: one, where the API is right. */
  readonly versionsByMarks: Map<string, Version[]>
  readonly acknowledged: Map<string, EditRecord>
  /** The highest version that was answered so far: what an operation that begins now is answered may not be lower. */
  floor: Version
  /** What was shown last, to pass over the same again. */
  last: { readonly key: string, readonly text: string, readonly byRead: boolean }
}
