import type { Collection, Document, Timestamp } from 'mongodb'
import { printId, type StoredId } from './id-form.js'
import { ReadFailed } from './shared-finds.js'
import type { StoredForm } from './stored-form.js'
import { inTime, timeLeft } from './time-left.js'
import { collationOf, holderFilter, uniqueIndexOf, type UniqueIndex } from './unique-index.js'
import type { DuplicateHolder } from './write.js'

interface BrokenIndex {
  readonly keyPattern: Document
  readonly operationTime: Timestamp | undefined
}

interface HolderReply { cursor?: { firstBatch: { _id: StoredId, version: number }[] } }

/** Who holds the values of `content` in the index that was broken; undefined where the index is not one of the resource's. `since`: when the write came. */
export type FindHolder = (broken: BrokenIndex, content: object, since: number) => Promise<DuplicateHolder | 'nobody' | undefined>

/** The value is taken from what was sent: `keyValue` of a case-insensitive index is a sort key. */
export const duplicateHolders = <C>(collection: Collection<StoredForm<C>>, unique: readonly UniqueIndex[]): FindHolder => async ({ keyPattern, operationTime }, content, since) => {
  const index = uniqueIndexOf(unique, keyPattern)
  if (index === undefined) return undefined
  const collation = collationOf(index)
  try {
    const { cursor } = await inTime(since, () => collection.db.command({
      find: collection.collectionName,
      filter: holderFilter(index, content),
      projection: { version: 1 },
      limit: 1,
      singleBatch: true,
      ...timeLeft(since),
      readConcern: { level: 'majority', ...(operationTime && { afterClusterTime: operationTime }) },
      ...(collation && { collation })
    })) as HolderReply
    const holder = cursor?.firstBatch[0]
    return holder === undefined ? 'nobody' : { id: printId(holder._id), version: holder.version }
  } catch (error) {
    throw new ReadFailed('unreachable', { cause: error })
  }
}
