import { Long, MongoServerError, Timestamp, type Collection, type Document } from 'mongodb'
import { printId, type StoredId } from './id-form.js'
import { listFilter, stillMatching, type ListFilter, type ListPlace, type ListSort, type ListValue } from './list-filter.js'
import { listIndexFor, storedPath, type ListFields } from './list-index.js'
import { readStored, type StoredForm } from './stored-form.js'
import { timeLeft } from './time-left.js'
import type { VersionedDocument } from './versioned.js'

/** A moment in the history of the database (https://www.mongodb.com/docs/manual/reference/bson-types/#timestamps): seconds, and a number within the second. */
export interface ClusterTime {
  readonly t: number
  readonly i: number
}

/** Where a page of a list begins. */
export interface ListPosition extends ListPlace {
  /** When the first page was read: the order of the list is that of this moment. */
  readonly at: ClusterTime
}

/** Which list of a collection. */
export interface ListQuery {
  readonly sort: ListSort
  readonly filters: readonly ListFilter[]
}

/** All documents, the one created last first. */
export const latestFirst: ListQuery = { sort: { field: 'createdAt', descending: true }, filters: [] }

/** Which stretch of a list. */
export interface PageQuery extends ListQuery {
  /** How many documents a page has at most. */
  readonly limit: number
  /** Behind which place; from the beginning where undefined. */
  readonly after: ListPosition | undefined
}

export interface ListPage<C> {
  readonly documents: readonly VersionedDocument<C>[]
  /** Where the next page begins; undefined at the end. */
  readonly next: ListPosition | undefined
  /** The place of one of them, so that a page can also begin behind it. */
  readonly positionOf: (document: VersionedDocument<C>) => ListPosition
}

interface FindReply { cursor: { id: Long | number, firstBatch: Document[], atClusterTime: Timestamp } }

/** A stretch of a list as it was at one moment. */
interface Stretch {
  readonly forms: readonly Document[]
  readonly at: ClusterTime
  readonly next: ListPosition | undefined
}

/** SnapshotTooOld, SnapshotUnavailable, and InvalidOptions: a moment that this database has never reached, as after a restore. */
const momentGone = new Set([239, 246, 72])

const valueOf = (form: Document, field: string): ListValue | null => {
  const value: unknown = storedPath(field).split('.').reduce<unknown>((within, name) => typeof within === 'object' && within !== null ? Object.getOwnPropertyDescriptor(within, name)?.value : undefined, form) ?? null
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Date) return value
  throw new Error(`a list cannot be sorted by ${field}: document ${printId(form._id as StoredId)} has an array or an object there`)
}

/** Reads a stretch as a majority has it: now, with whole documents, or at a moment, with just what gives the order. */
const readStretch = async <C>({ db, collectionName }: Collection<StoredForm<C>>, fields: ListFields, { limit, sort, filters, after }: PageQuery, since: number, moment?: ClusterTime): Promise<Stretch> => {
  const { name, prefix } = listIndexFor(fields, sort.field, filters.flatMap(({ kind, field }) => kind === 'equals' ? [field] : []))
  const direction = sort.descending ? -1 : 1
  const { cursor }: FindReply = await db.command({
    find: collectionName,
    filter: listFilter(sort, filters, prefix, after),
    sort: { [storedPath(sort.field)]: direction, _id: direction },
    projection: moment === undefined ? { outbox: 0, keys: 0 } : { [storedPath(sort.field)]: 1 },
    limit: limit + 1,
    batchSize: limit + 1,
    hint: name,
    ...timeLeft(since),
    readConcern: { level: 'snapshot', ...(moment && { atClusterTime: new Timestamp({ ...moment }) }) },
    ...(fields.collation && { collation: fields.collation })
  }) as FindReply
  const { firstBatch, atClusterTime: { t, i } } = cursor
  const id = Long.fromValue(cursor.id)
  // A reply has room for 16 MB: the page ends where that does. What can't be ended ends by itself.
  if (!id.isZero()) await db.command({ killCursors: collectionName, cursors: [id] }).catch(() => undefined)
  const forms = firstBatch.slice(0, limit)
  const last = firstBatch.length > limit || !id.isZero() ? forms.at(-1) : undefined
  const at = moment ?? { t, i }
  return { forms, at, next: last && positionOf(last, at, sort) }
}

const positionOf = (form: Document, at: ClusterTime, { field }: ListSort): ListPosition => ({ at, value: valueOf(form, field), _id: form._id as StoredId })

const pageOf = <C>({ forms, at, next }: Stretch, { sort }: ListQuery, documents: readonly VersionedDocument<C>[]): ListPage<C> => ({
  documents,
  next,
  positionOf: ({ id }) => {
    const form = forms.find(({ _id }) => printId(_id as StoredId) === id)
    if (form === undefined) throw new TypeError(`document ${id} is not on this page`)
    return positionOf(form, at, sort)
  }
})

const readThen = async <C>(collection: Collection<StoredForm<C>>, fields: ListFields, query: PageQuery, since: number): Promise<Stretch | undefined> => {
  try {
    return query.after && await readStretch(collection, fields, query, since, query.after.at)
  } catch (error) {
    if (error instanceof MongoServerError && momentGone.has(Number(error.code))) return undefined
    throw error
  }
}

const documentsOf = <C>(forms: readonly StoredForm<C>[]): VersionedDocument<C>[] =>
  forms.flatMap((form) => { const { current } = readStored(form); return current.kind === 'document' ? [current.document] : [] })

/** The documents of a stretch that still match, as they are now; in its order. */
const readNow = async <C>(collection: Collection<StoredForm<C>>, { collation }: ListFields, { filters }: PageQuery, { forms }: Stretch, since: number): Promise<VersionedDocument<C>[]> => {
  const ids = forms.map(({ _id }) => _id as StoredId)
  const found = await collection.find<StoredForm<C>>(stillMatching(ids, filters), { projection: { outbox: 0, keys: 0 }, hint: '_id_', ...timeLeft(since), readConcern: { level: 'majority' }, ...(collation && { collation }) }).toArray()
  const byId = new Map(found.map((form) => [printId(form._id), form]))
  return documentsOf(ids.flatMap((_id) => byId.get(printId(_id)) ?? []))
}

/**
 * One page of a list; tombstones are never in it, and all that it shows a majority has.
 *
 * Which documents there are, and in what order, is decided when the first page is read: each page after it reads the order of that
 * moment, and then those documents as they are now. So a document that matches the filters throughout is on one page, and none is
 * on two, also where what they are sorted by changes meanwhile; one that has gone, or doesn't match any more, is left out of its page.
 *
 * The database keeps its past for 5 minutes (https://www.mongodb.com/docs/manual/reference/parameters/#mongodb-parameter-param.minSnapshotHistoryWindowInSeconds).
 * A page that comes later goes on from the place where the last one ended, in the order of now: a document is on two pages, or on
 * none, only if what it is sorted by changed meanwhile.
 *
 * `since`: when the request came, on the clock of `performance.now()`: all that it reads ends in time from then on.
 */
export const listPage = async <C>(collection: Collection<StoredForm<C>>, fields: ListFields, query: PageQuery, since: number): Promise<ListPage<C>> => {
  const then = await readThen(collection, fields, query, since)
  if (then !== undefined) return pageOf(then, query, await readNow(collection, fields, query, then, since))
  const now = await readStretch(collection, fields, query, since)
  return pageOf(now, query, documentsOf(now.forms as readonly StoredForm<C>[]))
}
