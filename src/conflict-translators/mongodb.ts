import { isDuplicateKeyCode, isIdKey } from '../versioned-store/duplicate-key.js'
import type { ConflictTranslator, DuplicateKey } from './duplicate-key.js'

/**
 * MongoDB: code 11000, and 11001 and 12582 of older versions (https://www.mongodb.com/docs/manual/reference/error-codes/), thrown by any version
 * of the driver, also as one of the write errors of a bulk write, of which the first duplicate counts.
 * The fields come from `keyPattern`. The write errors of `collection.bulkWrite` have none: there they come from the name of the index,
 * where it is the one that MongoDB gives, else only the first is known. Nothing is read from behind the first value: it is the client's,
 * and not escaped. A value of an index with a collation is a sort key, and left out.
 */
export const mongodb: ConflictTranslator = (error) => {
  if (!isObject(error)) return undefined
  if (Array.isArray(error.writeErrors)) {
    for (const writeError of error.writeErrors) {
      const duplicate = mongodb(isObject(writeError) && isObject(writeError.err) ? writeError.err : writeError)
      if (duplicate !== undefined) return duplicate
    }
  }
  if (!isDuplicateKeyCode(error.code)) return undefined
  const said = messageOf(error)
  return isObject(error.keyPattern) ? fromKeyPattern(error.keyPattern, error, said) : fromMessage(said)
}

const fromKeyPattern = (keyPattern: Record<string, unknown>, error: Record<string, unknown>, said: string): DuplicateKey => ({
  primaryKey: isIdKey(keyPattern),
  fields: Object.keys(keyPattern),
  values: isObject(error.keyValue) && error.collation === undefined && error.hexEncoded === undefined ? error.keyValue : {},
  ...indexIn(said)
})

const fromMessage = (said: string): DuplicateKey => {
  const { index } = indexIn(said)
  const first = / dup key: \{ ([^:{}"]+): /.exec(said)?.[1]
  const named = index === undefined ? [] : fieldsOfDefaultName(index)
  const fields = first === undefined || named[0] === first ? named : [first]
  return { primaryKey: index === '_id_', fields: index === '_id_' ? ['_id'] : fields, values: {}, ...(index !== undefined && { index }) }
}

/** The index stands before any value in the sentence. */
const indexIn = (said: string): { index?: string } => {
  const index = / index: (.+?) (?:collation: |dup key: )/s.exec(said)?.[1]
  return index === undefined ? {} : { index }
}

/** `tenant_1_address.city_-1` stands for two fields (https://www.mongodb.com/docs/manual/indexes/#index-names). */
const fieldsOfDefaultName = (index: string): string[] => {
  const parts = [...index.matchAll(/(.+?)_-?1(?:_|$)/gs)]
  return parts.map(([part]) => part).join('') === index ? parts.flatMap(([, field]) => field ?? []) : []
}

const messageOf = (error: Record<string, unknown>): string =>
  [error.message, error.errmsg].find((text) => typeof text === 'string') ?? ''

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
