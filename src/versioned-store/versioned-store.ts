import type { Db } from 'mongodb'
import type { JsonObject } from '../merge/json.js'
import { isUnreachable } from './command-errors.js'
import { duplicateHolders } from './duplicate-holder.js'
import type { GroupLimits } from './group-commit.js'
import { createHistory, type KeptVersion } from './history.js'
import { objectIdForm, printId, type IdForm, type StoredId } from './id-form.js'
import { createIndexes } from './indexes.js'
import { KeptContent } from './kept-content.js'
import { lifetimeOf } from './lifetime.js'
import { KnownTime } from './known-time.js'
import { latestFirst, listPage, type ListPage, type ListPosition, type ListQuery } from './list.js'
import { listedByCreation, type ListFields } from './list-index.js'
import { ReadFailed, sharedFinds, type Identity, type Reader } from './shared-finds.js'
import { sharedInserts, sharedUpdates } from './shared-updates.js'
import { singleFinds } from './single-finds.js'
import { singleInserts, singleUpdates } from './single-writes.js'
import type { Committer } from './statement.js'
import { versionOf, type Stored, type StoredForm } from './stored-form.js'
import { inTime } from './time-left.js'
import { timeOfMajority } from './time-of-majority.js'
import type { UniqueIndex } from './unique-index.js'
import type { Current } from './versioned.js'
import type { Write, WriteOutcome } from './write.js'
import { createWriter } from './writer.js'

export interface VersionedStoreOptions {
  readonly db: Db
  readonly collection: string
  readonly idForm?: IdForm
  readonly unique?: readonly UniqueIndex[]
  /** What it can be listed by; `createdAt` unless given. */
  readonly list?: ListFields
  /** After how many days a tombstone goes, and the version counter of its id with it; 0: never. */
  readonly tombstoneDays?: number
  /** `group`: what arrives together shares a command. `single`: one command for each write. */
  readonly mode?: 'group' | 'single'
  /**
   * What `read` promises. `majority`: it shows nothing that can vanish, and (by `group`) no less than what this process was told before; but of what
   * other processes have done it may show what was true a moment ago, around a change of primary. `linearizable`: it also shows all that was acknowledged before it was asked.
   */
  readonly readConcern?: 'majority' | 'linearizable'
  /** Content that is kept in memory, in bytes; 0 keeps nothing. */
  readonly keptBytes?: number
  /** How many versions of a document can be had, the current one included; 0 keeps no history. */
  readonly historyLimit?: number
  /** How much is kept of the earlier versions of one document, in bytes. */
  readonly historyBytes?: number
  readonly limits?: Partial<GroupLimits>
  /** How long a write is followed up where its answer was lost, in ms; where none was lost, it has an answer within 3 s. */
  readonly writeMs?: number
  /** Whether the reply for a key is kept, so that its document need not name it any more. */
  readonly isKeyKept?: (key: string) => boolean
  /** The clock, for the dates of documents. */
  readonly now?: () => Date
  /** Called when a statement of a write is sent again. */
  readonly onRetry?: (() => void) | undefined
}

/** The documents of one collection, each with a version. */
export interface VersionedStore<C> {
  /** The form of its ids. */
  readonly idForm: IdForm
  /** Creates the indexes of the collection. To be awaited before the first write. */
  open(): Promise<void>
  /**
   * The state of an id, as the option `readConcern` says. Throws `ReadFailed` where the database can't be read in time: here and below within
   * 3 s of `since`, when the request came that asks (`performance.now()`), which is now unless given.
   */
  read(id: string, since?: number): Promise<Current<C>>
  /**
   * The versions of an id from the current one back to `from`, the latest first; fewer where what they are made from is no longer
   * kept, none where the id was never there. With `atLeast` they may be what is kept in memory, if that is at least that version: perhaps more
   * than history keeps.
   * Throws `ReadFailed`.
   */
  versions(id: string, from: number, atLeast?: number, since?: number): Promise<readonly KeptVersion<C>[]>
  /**
   * A page of at most `limit` documents, from the beginning of a list or behind a place in it; of all documents, the one created
   * last first, unless the query says otherwise. It names only fields of the option `list`. Throws `ReadFailed` where the
   * database can't be read in time.
   */
  list(limit: number, after?: ListPosition, query?: ListQuery, since?: number): Promise<ListPage<C>>
  /** Stores a document under a new id: `id`, or one that the store chooses. */
  create(content: C, author?: Partial<Pick<Write<C>, 'id' | 'by' | 'key' | 'signal'>>): Promise<WriteOutcome<C>>
  /**
   * Does a write if its condition holds for the stored version. Throws what its change threw for the version that matched, and
   * what the database says of a document that it can't ever store.
   */
  write(write: Write<C>): Promise<WriteOutcome<C>>
  /** Resolves when what the store does by itself has come to its end. */
  close(): Promise<void>
}

const isState = (identity: Identity | undefined, { current, writes }: Stored<unknown>): boolean =>
  identity !== undefined && identity.version === versionOf(current) && identity.writes[0] === writes[0]

/**
 * A store over one collection. Every write is one compare-and-set in the database; what is kept in memory, or was read before,
 * is only ever a base that the write is then conditional on. Ids must have the form of `idForm`: another is a TypeError.
 */
export const createVersionedStore = <C extends JsonObject>(options: VersionedStoreOptions): VersionedStore<C> => {
  const { db, idForm = objectIdForm, unique = [], list = listedByCreation, tombstoneDays = 0, mode = 'group', readConcern = 'majority', keptBytes = 64 * 1024 * 1024, historyLimit = 0, historyBytes = 16 * 1024 * 1024, limits, writeMs = 5_500, now = () => new Date(), isKeyKept = () => false, onRetry } = options
  const collection = db.collection<StoredForm<C>>(options.collection)
  const known = new KnownTime()
  const updates = mode === 'group' ? sharedUpdates<C>(db, options.collection, known, limits) : singleUpdates(collection)
  const inserts = mode === 'group' ? sharedInserts<C>(db, options.collection, known, limits) : singleInserts(collection)
  // What is stored where nothing was is inserted, which costs the database less; all else is an update.
  const creations: Committer<C> = { commit: (statement, since) => (statement.guard.kind === 'missing' && statement.becomes.kind === 'stored' ? inserts : updates).commit(statement, since) }
  const reader = mode === 'group' ? sharedFinds<C>(db, options.collection, known, limits) : singleFinds(collection)
  const lifetime = lifetimeOf(tombstoneDays, now)
  const linearizable = (): Reader<C> => mode === 'group' ? sharedFinds<C>(db, options.collection, known, limits, timeOfMajority(db)) : singleFinds(collection, 'linearizable')
  const shown = readConcern === 'linearizable' ? linearizable() : reader
  const kept = new KeptContent<C>(keptBytes, { earlier: historyLimit > 0, lifetime })
  const history = historyLimit === 0 ? undefined : createHistory<C>(db.collection(`${options.collection}.revisions`), { limit: historyLimit, bytes: historyBytes, lifetime })
  const write = createWriter({ reader, kept, history, findHolder: duplicateHolders(collection, unique), writeMs, now, isKeyKept, onRetry })
  const parse = (id: string): StoredId => {
    const _id = idForm.parse(id)
    if (_id === undefined) throw new TypeError(`an id of ${options.collection} is ${idForm.description}`)
    return _id
  }
  return {
    idForm,
    open: () => createIndexes(collection, unique, list, tombstoneDays),
    read: async (id, since = performance.now()) => {
      const _id = parse(id)
      const inMemory = kept.get(printId(_id))
      if (inMemory !== undefined && shown.identify !== undefined && isState(await shown.identify(_id, undefined, since), inMemory)) return inMemory.current
      const stored = await shown.read(_id, undefined, since)
      kept.replace(printId(_id), stored)
      return stored?.current ?? { kind: 'missing' }
    },
    versions: async (id, from, atLeast = Number.POSITIVE_INFINITY, since = performance.now()) => {
      const _id = parse(id)
      const inMemory = kept.get(printId(_id))
      const stored = inMemory !== undefined && versionOf(inMemory.current) >= atLeast ? inMemory : await reader.read(_id, undefined, since)
      if (stored === undefined) return []
      return history === undefined ? [{ state: stored.current }] : await history.versions(_id, stored, from, since, atLeast === Number.POSITIVE_INFINITY ? undefined : (version) => kept.at(printId(_id), version))
    },
    close: async () => { await history?.settled() },
    list: async (limit, after, query = latestFirst, since = performance.now()) => {
      try {
        return await inTime(since, () => listPage(collection, list, { ...query, limit, after }, since))
      } catch (error) {
        throw isUnreachable(error) ? new ReadFailed('unreachable', { cause: error }) : error
      }
    },
    create: (content, { id, ...author } = {}) => {
      const _id = id === undefined ? idForm.generate() : parse(id)
      return write({ id: printId(_id), condition: { kind: 'absent' }, change: { kind: 'create', content }, ...author }, _id, creations, false)
    },
    write: (value) => {
      const _id = parse(value.id)
      return write({ ...value, id: printId(_id) }, _id, updates, mode === 'group')
    }
  }
}
