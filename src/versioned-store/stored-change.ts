import type { Document } from 'mongodb'
import { diff } from '../merge/diff.js'
import type { JsonObject } from '../merge/json.js'
import type { RevisionKind } from './revision.js'

/** What one version changed. */
export interface StoredChange {
  readonly version: number
  readonly kind: RevisionKind
  readonly at: Date
  /** JSON Pointers (RFC 6901) of the values that changed; the empty one, of the whole document, where it was created or deleted, or where they are too many. */
  readonly changed: readonly string[]
  /** Who it was, where the service knows. */
  readonly by?: string | undefined
}

/** The pointers of a change that concerns everything. */
export const wholeDocument: readonly string[] = ['']

const mostPointers = 32
const mostCharacters = 512

const fits = (pointers: readonly string[]): boolean =>
  pointers.length <= mostPointers && pointers.reduce((sum, { length }) => sum + length, 0) <= mostCharacters

/** Where two contents differ: every value, or where those are more than 32 pointers or 512 characters the members that hold them, or the whole. Pure. */
export const changedPointers = (before: JsonObject, after: JsonObject): readonly string[] => {
  const exact = diff(before, after).map(({ pointer }) => pointer)
  if (fits(exact)) return exact
  const members = [...new Set(exact.map((pointer) => pointer.split('/', 2).join('/')))]
  return fits(members) ? members : wholeDocument
}

/**
 * A change as the document stores it with the version: one string, so that a change stream shows it whole, whether it reports the
 * write as an insert, a replacement or the fields that differ (https://www.mongodb.com/docs/manual/reference/change-events/update/).
 */
export const printChange = ({ version, kind, at, changed, by }: StoredChange): string =>
  JSON.stringify([version, kind, at.getTime(), changed, ...(by === undefined ? [] : [by])])

/** The same as an expression, for a date that only the database knows. */
export const changeExpression = ({ version, kind, changed, by }: Omit<StoredChange, 'at'>, at: Document): Document => ({
  $concat: [
    { $literal: `${JSON.stringify([version, kind]).slice(0, -1)},` },
    { $toString: { $toLong: at } },
    { $literal: `,${JSON.stringify([changed, ...(by === undefined ? [] : [by])]).slice(1)}` }
  ]
})

const isKind = (value: unknown): value is RevisionKind => value === 'created' || value === 'updated' || value === 'deleted'
const isText = (value: unknown): value is string => typeof value === 'string'

/** Reads what `printChange` printed; undefined for anything else. */
export const readChange = (text: string): StoredChange | undefined => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  const parts: readonly unknown[] = Array.isArray(parsed) ? parsed : []
  const [version, kind, at, changed, by] = parts
  if (!Number.isSafeInteger(version) || typeof version !== 'number' || typeof at !== 'number' || !isKind(kind) || !Array.isArray(changed) || !changed.every(isText)) return undefined
  return { version, kind, at: new Date(at), changed, ...(isText(by) && { by }) }
}
