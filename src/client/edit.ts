import { abortable } from './abortable.js'
import { reportOf, VersionConflict, type Clash } from './errors.js'
import { copyOf } from './json.js'
import type { ReadOptions, WriteOptions } from './options.js'
import { threeWay } from './three-way.js'
import type { Version } from './version-source.js'

type Awaitable<V> = V | Promise<V>

/** A document, and the version that it is. */
export interface Versioned<T> {
  readonly document: T
  readonly version: Version
}

/** Two edits of one document that clash, with all three sides in hand. */
export interface EditConflict<T> {
  /** The document that both edits started from. */
  readonly base: T
  /** What is stored now. */
  readonly theirs: T
  /** What you sent. */
  readonly yours: T
  /** Where the edits clash. Empty where they don't, but the two together would break a rule (`error.body.mergeErrors`). */
  readonly conflicts: readonly Clash[]
  /** Everything that merges, and what theirs has where the edits clash. */
  readonly merged: T
  /** The reply: `error.body.changes` says who changed what, where the service knows it. */
  readonly error: VersionConflict<T>
}

/** What you make of a document; undefined to leave it as it is. It may change the one that it gets, which is a copy. */
export type ChangeDocument<T> = (document: T) => Awaitable<T | undefined>

/** What is to be stored; undefined to leave it at theirs. What it throws ends the edit. */
export type OnConflict<T> = (conflict: EditConflict<T>) => Awaitable<T | undefined>

export interface EditOptions<T> extends ReadOptions, Pick<WriteOptions, 'merge'> {
  /** The document that the edit starts from, as a person has seen it; else the latest that this client has seen, else a read. */
  readonly base?: T | undefined
  /** Version of `base`, where that has no such member. */
  readonly version?: Version | undefined
  /** What is sent: the whole document by PUT, unless it is `merge-patch`: only what changed, by PATCH. */
  readonly send?: 'document' | 'merge-patch' | undefined
  /** Asks a person where the edits clash; where they don't they are merged. Unless given, the change is run again on what is stored now. */
  readonly onConflict?: OnConflict<T> | undefined
}

/** What an edit is made with. */
export interface EditSteps<T> {
  readonly start: () => Promise<Versioned<T>>
  /** Sends a document as the successor of a version; `merge`: the service is to merge it with what came since. */
  readonly write: (yours: T, base: Versioned<T>, merge: boolean) => Promise<T>
  /** What is stored now. */
  readonly latest: (conflict: VersionConflict<T>) => Promise<Versioned<T>>
  /** Waits before an attempt: wait number `wait`, from 1, where the attempt before took `tookMs`. */
  readonly pause: (wait: number, tookMs: number) => Promise<void>
  readonly attempts: number
  readonly readOnly: readonly string[]
}

interface Comparison<T> {
  readonly sides: Omit<EditConflict<T>, 'error'>
  /** Who can merge them: the client member by member, or only the service, which knows what a set is and what lines are; undefined where they clash. */
  readonly mergedBy: 'client' | 'service' | undefined
}

/** The three sides, and where they clash: as the service says, else member by member. */
const compare = <T extends object>(error: VersionConflict<T>, base: T, theirs: T, yours: T, readOnly: readonly string[]): Comparison<T> => {
  const { conflicts, merged, mergeable } = reportOf(error)
  const local = threeWay(base, theirs, yours, readOnly)
  const isClean = local.conflicts.length === 0
  const mergedBy = !(mergeable ?? (conflicts === undefined && isClean)) ? undefined : isClean ? 'client' : 'service'
  const found = conflicts === undefined ? local : { conflicts, merged: merged ?? (conflicts.length === 0 ? local.merged : theirs) }
  return { sides: { base, theirs, yours, ...found }, mergedBy }
}

const isConflict = <T>(error: unknown): error is VersionConflict<T> => error instanceof VersionConflict

const ask = async <Q, T>(answer: (question: Q) => Awaitable<T | undefined>, question: Q): Promise<T | undefined> => {
  const document = await answer(question)
  return document && copyOf(document)
}

/**
 * Changes a document, and on a conflict changes what is stored now, until it is stored. With `onConflict` the change is made once, and
 * its result merged with what came since. An error that says `alreadyApplied` is a conflict too: the same content may be the edit of
 * somebody else.
 * @throws VersionConflict after the last attempt, or where the document was deleted
 */
export const runEdit = async <T extends object>(steps: EditSteps<T>, change: ChangeDocument<T>, { onConflict, signal }: EditOptions<T>): Promise<T> => {
  const changed = async ({ document }: Versioned<T>): Promise<T | undefined> => abortable(ask(change, copyOf(document)), signal)
  let base = await steps.start()
  let yours: T | undefined = await changed(base)
  let merge = false
  // Whether `base` came with the reply before. After a wait, or from memory, a conflict says no more than a read would.
  let fresh = false
  for (let attempt = 1, waits = 0; yours !== undefined; attempt++) {
    const sentAt = performance.now()
    try {
      return await steps.write(yours, base, merge)
    } catch (error) {
      if (!isConflict<T>(error) || error.body.deleted === true || attempt >= steps.attempts) throw error
      const tookMs = performance.now() - sentAt
      const theirs = await steps.latest(error)
      const { sides, mergedBy } = compare(error, base.document, theirs.document, yours, steps.readOnly)
      merge = onConflict !== undefined && mergedBy === 'service'
      if (!merge) base = theirs
      if (onConflict !== undefined && mergedBy === undefined) {
        yours = await abortable(ask(onConflict, { ...copyOf(sides), error }), signal)
        fresh = false
        continue
      }
      if (fresh) await steps.pause(++waits, tookMs)
      fresh = !fresh
      if (onConflict === undefined) yours = await changed(base)
      else if (!merge) yours = sides.merged
    }
  }
  return base.document
}
