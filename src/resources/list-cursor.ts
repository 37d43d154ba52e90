import { createHash } from 'node:crypto'
import { printId, type IdForm } from '../versioned-store/id-form.js'
import type { ListPosition, ListQuery } from '../versioned-store/list.js'
import type { ListFilter, ListValue } from '../versioned-store/list-filter.js'
import type { ComparedType } from './list-fields.js'
import { unreadableCursor } from './page-query.js'

/** Values in an order that doesn't depend on that of the query. */
const canonical = (filter: ListFilter): unknown =>
  filter.kind === 'equals' ? [filter.field, filter.values.map((value) => JSON.stringify(value)).sort()] : [filter.field, filter.bounds]

/** What tells a list from others: its collection, sort and filters, however they were written. */
export const listDigest = (collection: string, { sort, filters }: ListQuery): string =>
  createHash('sha256').update(JSON.stringify([collection, sort.field, sort.descending, filters.map(canonical)])).digest('base64url').slice(0, 16)

/** The cursor of a position in the list with this digest: opaque to clients, and valid for that list only. */
export const printCursor = ({ at, value, _id }: ListPosition, digest: string): string =>
  Buffer.from(JSON.stringify([digest, at.t, at.i, value instanceof Date ? value.getTime() : value, printId(_id)])).toString('base64url')

const parseCursor = (cursor: string): unknown[] => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}

const isUint32 = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32

/** Undefined for a value that the list can't be sorted by. */
const readValue = (value: unknown, type: ComparedType): ListValue | null | undefined => {
  if (type !== 'date' && value === null) return null
  if (typeof value === type && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')) return value
  const date = type === 'date' && typeof value === 'number' ? new Date(value) : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date
}

/** The position of a cursor. Throws 400 for one that is not just as it was given for this list. */
export const readCursor = (cursor: string, digest: string, type: ComparedType, idForm: IdForm): ListPosition => {
  const [, t, i, stored, id] = parseCursor(cursor)
  const _id = typeof id === 'string' ? idForm.parse(id) : undefined
  const value = readValue(stored, type)
  if (_id === undefined || value === undefined || !isUint32(t) || !isUint32(i)) throw unreadableCursor()
  const position = { at: { t, i }, value, _id }
  if (printCursor(position, digest) !== cursor) throw unreadableCursor()
  return position
}
