import type { Collection } from 'mongodb'
import { LRUCache } from 'lru-cache'
import { GroupCommit } from '../versioned-store/group-commit.js'
import { sendCommand } from '../versioned-store/send-command.js'
import { majorityJournaled } from '../versioned-store/shared-updates.js'

/** A reply as it is kept to be given again. */
export interface KeptReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The record of a key: claimed before its request is carried out, with the reply once there is one. */
export interface KeyRecord {
  /** Digest of the key and of who sent it. */
  _id: string
  /** Digest of the request, its key included. */
  request: string
  /** The id that a document gets which the request creates. */
  newId?: string
  claimedAt: Date
  /** Another request with the key carries it out too: from then on nobody can tell alone that nothing was done. */
  shared?: true
  reply?: KeptReply
}

interface WriteReply { readonly writeErrors?: readonly { readonly index: number, readonly code: number }[] }

/** How long keys are kept: 24 hours. */
const keptSeconds = 86_400
const remembered = 100_000

/** The records of idempotency keys, in a collection of their own. */
export interface KeyRecords {
  open(): Promise<void>
  /**
   * Claims a key. Gives the record that stands in the way, if there is one; where it is that of the same request, and has no reply, it is shared
   * from now on. Throws where the database can't be reached.
   */
  claim(record: KeyRecord): Promise<KeyRecord | undefined>
  /** Keeps the reply. */
  keep(record: KeyRecord, reply: KeptReply): Promise<void>
  /** Gives the key free again, unless a reply was kept, or the key is shared or claimed anew. Gives the reply that was kept, if there is one. */
  free(record: KeyRecord): Promise<KeptReply | undefined>
  /** Whether the reply for a request is known to be kept, so that its document need not name it any more. */
  readonly isKept: (request: string) => boolean
}

/** Claims that arrive together share a command; each is settled by the unique index on `_id`. */
export const createKeyRecords = (records: Collection<KeyRecord>): KeyRecords => {
  const { db, collectionName } = records
  const kept = new LRUCache<string, true>({ max: remembered })
  const claims = new GroupCommit<KeyRecord, 'claimed' | 'taken' | Error>({
    keyOf: ({ _id }) => _id,
    bytesOf: () => 512,
    notSent: (reason) => new Error(`the key could not be claimed: ${reason}`),
    late: () => new Error('the key could not be claimed in time'),
    run: async (batch) => {
      const { writeErrors = [] }: WriteReply = await sendCommand(db, { insert: collectionName, documents: batch, ordered: false, writeConcern: majorityJournaled })
      const failed = new Map(writeErrors.map(({ index, code }) => [index, code]))
      return batch.map((_, i) => {
        const code = failed.get(i)
        return code === undefined ? 'claimed' : code === 11000 ? 'taken' : new Error(`the key could not be claimed: code ${code}`)
      })
    }
  })
  return {
    open: async () => {
      await records.createIndex({ claimedAt: 1 }, { name: 'expiry', expireAfterSeconds: keptSeconds }, {})
    },
    claim: async (record) => {
      for (;;) {
        const result = await claims.submit(record)
        if (result instanceof Error) throw result
        if (result === 'claimed') return undefined
        const { _id, request } = record
        const shared = await records.findOneAndUpdate({ _id, request, reply: { $exists: false } }, { $set: { shared: true } }, { returnDocument: 'after', writeConcern: majorityJournaled })
        const other = shared ?? await records.findOne({ _id }, { readConcern: { level: 'majority' } })
        if (other !== null) return other
      }
    },
    keep: async ({ _id, request }, reply) => {
      const update = { q: { _id, request }, u: { $set: { reply: { ...reply } }, $setOnInsert: { claimedAt: new Date() } }, upsert: true }
      const { writeErrors: [failed] = [] }: WriteReply = await sendCommand(db, { update: collectionName, updates: [update], writeConcern: majorityJournaled })
      if (failed === undefined) kept.set(request, true)
      // Another request has the key by now: this one's was given free.
      else if (failed.code !== 11000) throw new Error(`the reply could not be kept: code ${failed.code}`)
    },
    free: async ({ _id, request, claimedAt }) => {
      const { deletedCount } = await records.deleteOne({ _id, request, claimedAt, reply: { $exists: false }, shared: { $exists: false } }, { writeConcern: majorityJournaled })
      return deletedCount > 0 ? undefined : (await records.findOne({ _id, request }, { readConcern: { level: 'majority' } }))?.reply
    },
    isKept: (request) => kept.has(request)
  }
}
