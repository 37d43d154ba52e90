import { isDeepStrictEqual } from 'node:util'
import { MongoServerError, type Collection, type CreateIndexesOptions, type IndexSpecification } from 'mongodb'
import { isDuplicateKeyCode } from './duplicate-key.js'
import { listIndexes, type ListFields } from './list-index.js'
import type { StoredForm } from './stored-form.js'
import { indexOf, type UniqueIndex } from './unique-index.js'

const tombstoneIndex = 'tombstones'
const secondsPerDay = 86_400
const indexNotFound = 27
const unauthorized = 13
/** IndexOptionsConflict, and IndexKeySpecsConflict: an index of these fields, or of this name, has other options. */
const declaredOtherwise = new Set([85, 86])

/**
 * Creates what indexes a resource needs, where they aren't there yet. Throws an error that says what to do where the documents
 * that are stored break a unique index, or where one of its fields is there with other options.
 */
export const createIndexes = async <C>(collection: Collection<StoredForm<C>>, unique: readonly UniqueIndex[], list: ListFields, tombstoneDays: number): Promise<void> => {
  const create = async (key: IndexSpecification, options: CreateIndexesOptions): Promise<void> => {
    try {
      await collection.createIndex(key, options, {})
    } catch (error) {
      if (!(error instanceof MongoServerError)) throw error
      const fields = Object.keys(key).join(', ')
      if (declaredOtherwise.has(Number(error.code))) {
        const { name } = (await collection.indexes()).find((index) => isDeepStrictEqual(Object.entries(index.key), Object.entries(key))) ?? {}
        throw new Error(`${collection.collectionName} has a unique index of ${fields} that was declared in another way (caseSensitive, say): drop it with db.getCollection(${JSON.stringify(collection.collectionName)}).dropIndex(${JSON.stringify(name)}) in mongosh, and start again`, { cause: error })
      }
      if (!isDuplicateKeyCode(error.code)) throw error
      throw new Error(`the documents in ${collection.collectionName} break the unique index of ${fields}: change or delete all but one of those with the value ${JSON.stringify(error.keyValue)}, and start again`, { cause: error })
    }
  }
  await collection.createIndexes(listIndexes(list))
  for (const { key, ...options } of unique.map(indexOf)) await create(key, options)
  await expireTombstones(collection, tombstoneDays)
}

/** A TTL index (https://www.mongodb.com/docs/manual/core/index-ttl/) over `deletedAt`, which only tombstones have. */
const expireTombstones = async <C>(collection: Collection<StoredForm<C>>, days: number): Promise<void> => {
  const expireAfterSeconds = days * secondsPerDay
  const existing = (await collection.indexes()).find(({ name }) => name === tombstoneIndex)
  if (existing?.expireAfterSeconds === expireAfterSeconds) return
  try {
    if (existing === undefined) {
      if (days > 0) await collection.createIndex({ deletedAt: 1 }, { name: tombstoneIndex, expireAfterSeconds }, {})
    } else if (days > 0) {
      await collection.db.command({ collMod: collection.collectionName, index: { name: tombstoneIndex, expireAfterSeconds } })
    } else {
      await collection.dropIndex(tombstoneIndex)
    }
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error
    if (existing !== undefined && error.code === unauthorized) throw new Error(`TOMBSTONE_DAYS has changed, and the user of MONGODB_URI may not change the index ${tombstoneIndex} of ${collection.collectionName}: grant it the actions collMod and dropIndex for one start`, { cause: error })
    // Another process that starts at the same time has dropped it.
    if (error.code !== indexNotFound) throw error
  }
}
