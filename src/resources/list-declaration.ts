import type { JsonSchema } from '../merge/json-schema.js'
import { objectIdForm, type IdForm } from '../versioned-store/id-form.js'
import type { ListFields } from '../versioned-store/list-index.js'
import { isBoundedBy, listedField, type ListedField } from './list-fields.js'

/**
 * What clients can ask of the list of a resource. Each sort has an index, and each filter one for each sort: writes pay for them, so
 * declare what is asked for.
 */
export interface ListDeclaration {
  /**
   * Fields to filter by, the one that leaves the fewest documents first. `equals`: `?status=draft`, and any of several where it is
   * repeated; an array has one of them. `range`: `?price[gte]=10&price[lt]=20`, with `gt`, `gte`, `lt`, `lte`.
   */
  readonly filters?: Readonly<Record<string, 'equals' | 'range'>>
  /** Fields to sort by. `createdAt` is always one, and `-createdAt` the sort unless a client asks for another. */
  readonly sorts?: readonly string[]
  /** How strings compare, in filters and sorts (https://www.mongodb.com/docs/manual/reference/collation/); by code point unless given. */
  readonly collation?: ListFields['collation']
}

/** What clients can ask of a list, with the types of the fields. */
export interface ListRules {
  readonly filters: ReadonlyMap<string, ListedField & { readonly kind: 'equals' | 'range' }>
  readonly sorts: ReadonlyMap<string, ListedField>
  /** The same, as the store takes it. */
  readonly fields: ListFields
}

/** The parameters that every list has. */
export const listParameters = ['limit', 'cursor', 'sort']

/** The longest string that a list can be sorted by, in code points: a cursor holds it, and must fit into a URL. */
const longestSorted = 256

const isParameterName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)

const filterFault = (field: ListedField | undefined, name: string, kind: 'equals' | 'range'): string | undefined => {
  if (field === undefined) return 'it must be a field whose values or elements are strings, numbers, booleans or dates'
  if (!isParameterName(name)) return 'name it with letters, digits, - and _'
  if (listParameters.includes(name)) return 'every list has a parameter of this name'
  return kind === 'range' && field.array ? 'an array is in no range' : undefined
}

const sortFault = (field: ListedField | undefined, name: string): string | undefined => {
  if (field === undefined || field.array) return 'it must be a field whose values are strings, numbers, booleans or dates'
  if (!isParameterName(name)) return 'name it with letters, digits, - and _'
  // MongoDB's merge of several stretches of an index sorts absent before null; the index itself takes them for the same.
  if (field.absentOrNull) return 'it may be absent or null, which have no order: let it be one of the two'
  return field.type === 'string' && !isBoundedBy(longestSorted, field.schema) ? `its schema must have a maxLength of at most ${longestSorted}` : undefined
}

/** What is wrong with the declared list of documents with this content; undefined where nothing is. */
export const listFault = ({ filters = {}, sorts = [], collation }: ListDeclaration, content: JsonSchema, idForm: IdForm = objectIdForm): string | undefined => {
  if (collation !== undefined && typeof idForm.generate() === 'string') return 'a list with a collation needs ids that are ObjectIds, since two strings may be the same under it'
  const faults = [
    ...Object.entries(filters).map(([name, kind]) => ['filter', name, filterFault(listedField(content, name), name, kind)] as const),
    ...sorts.map((name) => ['sort', name, sortFault(listedField(content, name), name)] as const)
  ]
  const [what, name, why] = faults.find(([, , why]) => why !== undefined) ?? []
  return why === undefined ? undefined : `the list cannot ${what ?? ''} by ${name ?? ''}: ${why}`
}

/** Reads a declaration that has no fault. `owner` is the field by which each list is narrowed to its reader's documents, if there is one. */
export const listRules = ({ filters = {}, sorts = [], collation }: ListDeclaration, content: JsonSchema, owner?: string): ListRules => {
  const fieldsNamed = (names: readonly string[]) => names.flatMap((name) => { const field = listedField(content, name); return field ? [[name, field] as const] : [] })
  const named = (kind: 'equals' | 'range') => Object.keys(filters).filter((name) => filters[name] === kind)
  const sortNames = [...new Set(['createdAt', ...sorts])]
  return {
    filters: new Map(fieldsNamed(Object.keys(filters)).map(([name, field]) => [name, { ...field, kind: filters[name] ?? 'equals' }])),
    sorts: new Map(fieldsNamed(sortNames)),
    fields: { equals: [...new Set([...(owner === undefined ? [] : [owner]), ...named('equals')])], ranges: named('range'), sorts: sortNames, ...(collation && { collation }) }
  }
}
