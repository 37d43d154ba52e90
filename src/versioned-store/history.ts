import type { Collection, Document } from 'mongodb'
import { LRUCache } from 'lru-cache'
import type { JsonObject } from '../merge/json.js'
import { bsonSizeAtMost } from './bson-size.js'
import { GroupCommit } from './group-commit.js'
import { printId, type StoredId } from './id-form.js'
import { ageing, type Lifetime } from './lifetime.js'
import { stateBefore, type Revision } from './revision.js'
import { sendCommand } from './send-command.js'
import { majorityJournaled } from './shared-updates.js'
import { ReadFailed } from './shared-finds.js'
import { versionOf, type Stored } from './stored-form.js'
import { inTime, timeLeft } from './time-left.js'
import type { Current } from './versioned.js'

/** Revisions of one document that were moved together. `v` is the version of the last of them. */
export interface RevisionPage<C> {
  _id: { d: StoredId, v: number }
  bytes: number
  movedAt: Date
  revisions: Revision<C>[]
}

/** A version of a document that is kept, and what is known of how it came about. */
export interface KeptVersion<C> {
  readonly state: Exclude<Current<C>, { kind: 'missing' }>
  readonly by?: string
  readonly created?: true
}

/** What is stored, as a version that is kept. */
export const keptVersionOf = <C>({ current, by, created }: Stored<C>): KeptVersion<C> => ({ state: current, ...(by !== undefined && { by }), ...(created && { created }) })

export interface HistoryOptions {
  /** How many versions of a document can be had, the current one included. */
  readonly limit: number
  /** How much is kept of the earlier versions of one document, in bytes. */
  readonly bytes: number
  /** Where tombstones expire, so that the versions of an id can begin again: how long what was moved of it is remembered. */
  readonly lifetime: Lifetime | undefined
}

/** What was changed, and when, of every document of a collection. */
export interface History<C> {
  /** The version up to which revisions of an id are known to be in the collection of revisions. */
  movedThrough(id: string): number
  /** To be told of each state that was written: moves its outbox when that has grown. */
  written(_id: StoredId, stored: Stored<C>): void
  /**
   * The versions from the current one, `stored`, back to `from`, the latest first; fewer where what they were made from is no
   * longer kept. `known` gives those that need not be read; `since` is when the request came, on the clock of `performance.now()`.
   * Throws `ReadFailed`.
   */
  versions(_id: StoredId, stored: Stored<C>, from: number, since: number, known?: (version: number) => KeptVersion<C> | undefined): Promise<KeptVersion<C>[]>
  /** Resolves when the outbox of an id is not too large to be written once more: where it grows faster than it is moved, writes wait. */
  relieved(id: string): Promise<void> | undefined
  /** Resolves when what is being moved has arrived. */
  settled(): Promise<void>
}

/** An outbox is moved when it has so many revisions, or so many bytes. */
const mostRevisions = 16
const mostBytes = 8 * 1024
/** An outbox that has grown by so many bytes while it was being moved is waited for. */
const heavyBytes = 2 * 1024 * 1024
const trackedDocuments = 100_000

/** The pages of a document whose last versions are from `from` to `to`. */
export const pageRange = (d: StoredId, from: number, to: number): Document => ({ $gte: { d, v: from }, $lte: { d, v: to } })

/**
 * History by outbox: each write stores, with the document and in the same statement, what is needed to have its base back. Here
 * such revisions are moved to a collection of their own, in batches, and the next write leaves out what was moved. A crash
 * between the two leaves a revision in both places, never in none; it is the same in both.
 */
export const createHistory = <C extends JsonObject>(pages: Collection<RevisionPage<C>>, { limit, bytes, lifetime }: HistoryOptions): History<C> => {
  const moved = new LRUCache<string, number>({ max: trackedDocuments, ...ageing(lifetime) })
  const grown = new LRUCache<string, number>({ max: trackedDocuments })
  const moving = new Map<string, Promise<void>>()
  const { db, collectionName } = pages

  const mover = new GroupCommit<RevisionPage<C>, 'moved' | 'not moved'>({
    keyOf: ({ _id: { d } }) => printId(d),
    bytesOf: (page) => page.bytes + 256,
    notSent: () => 'not moved',
    limits: { commands: 1, itemsPerCommand: 500 },
    run: async (batch) => {
      try {
        if (lifetime !== undefined) await dropEarlierLives(batch)
        const { writeErrors = [] }: { writeErrors?: { index: number, code: number }[] } = await sendCommand(db, { insert: collectionName, documents: batch, ordered: false, writeConcern: majorityJournaled })
        const failed = new Set(writeErrors.filter(({ code }) => code !== 11000).map(({ index }) => index))
        const outdated = batch.flatMap(({ _id: { d, v } }) => v > limit ? [{ q: { _id: pageRange(d, 0, v - limit) }, limit: 0 }] : [])
        if (outdated.length > 0) await sendCommand(db, { delete: collectionName, deletes: outdated, ordered: false })
        for (const page of batch) if (page.bytes * limit > bytes * page.revisions.length) await dropOverBytes(page._id)
        return batch.map((_, i) => failed.has(i) ? 'not moved' : 'moved')
      } catch {
        // The revisions are still in the documents: they are moved with the next ones.
        return batch.map(() => 'not moved')
      }
    }
  })

  /** Where a tombstone has expired, the versions of an id began again at 1: what was moved before that is of an earlier life. */
  const dropEarlierLives = async (batch: readonly RevisionPage<C>[]): Promise<void> => {
    const deletes = batch.flatMap(({ _id: { d }, revisions: [first] }) => first?.version === 1 ? [{ q: { _id: pageRange(d, 0, Number.MAX_SAFE_INTEGER), movedAt: { $lt: first.at } }, limit: 0 }] : [])
    if (deletes.length > 0) await sendCommand(db, { delete: collectionName, deletes, ordered: false, writeConcern: majorityJournaled })
  }

  const dropOverBytes = async ({ d, v }: RevisionPage<C>['_id']): Promise<void> => {
    const sizes = await pages.find<Pick<RevisionPage<C>, '_id' | 'bytes'>>({ _id: pageRange(d, 0, v) } as Document, { projection: { bytes: 1 } }).sort({ _id: -1 }).toArray()
    let sum = 0
    const last = sizes.find((page) => { sum += page.bytes; return sum > bytes })
    if (last) await sendCommand(db, { delete: collectionName, deletes: [{ q: { _id: pageRange(d, 0, Math.min(last._id.v, v - 1)) }, limit: 0 }] })
  }

  const readPages = async (d: StoredId, from: number, to: number, since: number): Promise<Revision<C>[]> => {
    try {
      const found = await inTime(since, () => pages.find<RevisionPage<C>>({ _id: pageRange(d, from, to) } as Document, { ...timeLeft(since), readConcern: { level: 'majority' } }).toArray())
      return found.flatMap((page) => page.revisions)
    } catch (error) {
      throw new ReadFailed('unreachable', { cause: error })
    }
  }

  return {
    movedThrough: (id) => moved.get(id) ?? 0,
    written: (_id, { outbox }) => {
      const id = printId(_id)
      const newest = outbox.at(-1)
      const first = outbox[0]
      if (newest === undefined || first === undefined) return
      const size = (grown.get(id) ?? 0) + bsonSizeAtMost(newest)
      grown.set(id, size)
      if (moving.has(id) || (outbox.length < mostRevisions && size < mostBytes)) return
      grown.delete(id)
      const page = { _id: { d: _id, v: newest.version }, bytes: bsonSizeAtMost(outbox), movedAt: new Date(), revisions: [...outbox] }
      moving.set(id, mover.submit(page).then((result) => {
        moving.delete(id)
        if (result === 'moved') moved.set(id, Math.max(newest.version, moved.get(id) ?? 0))
      }))
    },
    versions: async (_id, stored, from, since, known = () => undefined) => {
      const newest = versionOf(stored.current)
      const oldest = Math.max(from, newest - limit + 1, (stored.erasedThrough ?? 0) + 1)
      const versions = [keptVersionOf(stored)]
      let { current: state } = stored
      let version = newest - 1
      for (let next = known(version); version >= oldest && next !== undefined; next = known(--version)) {
        versions.push(next)
        state = next.state
      }
      if (version < oldest) return versions
      const revisions = new Map(stored.outbox.map((revision) => [revision.version, revision]))
      const covered = stored.outbox[0]?.version ?? newest
      if (covered > oldest) for (const revision of await readPages(_id, oldest, newest, since)) revisions.set(revision.version, revision)
      for (; version >= oldest; version--) {
        const revision = revisions.get(version)
        const before = revision && stateBefore(state, revision)
        if (revision === undefined || before === undefined) break
        versions.push({ state: before, ...(revision.by !== undefined && { by: revision.by }), ...(revision.created && { created: revision.created }) })
        state = before
      }
      return versions
    },
    relieved: (id) => (grown.get(id) ?? 0) > heavyBytes ? moving.get(id) : undefined,
    settled: async () => {
      await Promise.all(moving.values())
    }
  }
}
