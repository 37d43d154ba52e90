import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from 'mongodb'
import { eraseReplies } from '../idempotency/erase-replies.js'
import type { KeyRecord } from '../idempotency/key-records.js'
import type { JsonObject } from '../merge/json.js'
import type { Resource } from '../resources/resource.js'
import { pageRange, type RevisionPage } from '../versioned-store/history.js'
import type { StoredForm } from '../versioned-store/stored-form.js'
import { createVersionedStore } from '../versioned-store/versioned-store.js'
import { majorityJournaled } from '../versioned-store/shared-updates.js'

export interface EraseOptions {
  readonly db: Db
  readonly resource: Pick<Resource, 'name' | 'idForm'>
  readonly id: string
  /**
   * After how many ms to look once more for what a running service was just storing when the document was erased: 10 000 unless given,
   * which is longer than it may take for that.
   */
  readonly settleMs?: number
}

/** What is left: the version of the tombstone. And what was found beside the document: pages of revisions, and kept replies. */
export interface Erased {
  readonly version: number
  readonly pages: number
  readonly replies: number
}

const settleAfterMs = 10_000

/**
 * Erases what a document ever contained: its content, its revisions, and the replies that are kept for an Idempotency-Key. The document
 * becomes a tombstone in one compare-and-set, from which on no service shows anything of the versions before, whatever it has in memory
 * and whatever it was just moving; then the rest is deleted. The tombstone keeps id, version and dates. It may be done again.
 *
 * Undefined where there never was such a document. Throws where the database can't be reached; what has been erased by then stays so.
 * An id that has not the form of the resource's is a TypeError.
 */
export const eraseDocument = async ({ db, resource: { name, idForm }, id, settleMs = settleAfterMs }: EraseOptions): Promise<Erased | undefined> => {
  const store = createVersionedStore<JsonObject>({ db, collection: name, idForm, keptBytes: 0 })
  const _id = idForm.parse(id)
  if (_id === undefined) throw new TypeError(`an id of ${name} is ${idForm.description}`)
  const found = await db.collection<StoredForm<JsonObject>>(name).findOne({ _id }, { projection: { version: 1, deletedAt: 1, erasedThrough: 1 }, readConcern: { level: 'majority' } })
  if (found === null) return undefined
  let { version } = found
  if (found.deletedAt === undefined || found.erasedThrough !== version - 1) {
    const outcome = await store.write({ id, condition: { kind: 'stored' }, change: { kind: 'erase' } })
    if (outcome.kind !== 'deleted') throw new Error(outcome.kind === 'unknown' ? 'the database did not answer: it may have been erased; run it again' : 'the database cannot be reached, or has no primary: nothing was erased')
    ;({ version } = outcome.tombstone)
  }
  const href = `/api/${name}/${encodeURIComponent(id)}`
  const eraseRest = async (): Promise<Erased> => ({
    version,
    pages: (await db.collection<RevisionPage<JsonObject>>(`${name}.revisions`).deleteMany({ _id: pageRange(_id, 0, version - 1) }, { writeConcern: majorityJournaled })).deletedCount,
    replies: await eraseReplies(db.collection<KeyRecord>('idempotency-keys'), href)
  })
  const first = await eraseRest()
  await sleep(settleMs)
  const late = await eraseRest()
  return { version, pages: first.pages + late.pages, replies: first.replies + late.replies }
}
