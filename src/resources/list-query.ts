import { errors, type ProblemError } from '../errors.js'
import type { ListQuery } from '../versioned-store/list.js'
import type { ListFilter, ListSort, ListValue, RangeOperator } from '../versioned-store/list-filter.js'
import type { ListRules } from './list-declaration.js'
import type { ListedField } from './list-fields.js'
import { readValue, type SchemaFaults } from './list-values.js'
import { readPageQuery, type PageQuery, type Query } from './page-query.js'

/** What the query of a list says. */
export interface ListRequest extends PageQuery, ListQuery {
  /** The parameters for the same list, but for `limit` and `cursor`, as they were sent. */
  readonly parameters: readonly (readonly [string, string])[]
}

export const rangeOperators: readonly RangeOperator[] = ['gt', 'gte', 'lt', 'lte']
/** The most values that a field may be one of. */
export const mostValues = 20

/** The parameter for a bound: `price[gte]`. */
export const boundName = (field: string, operator: RangeOperator): string => `${field}[${operator}]`

const textsOf = (value: unknown): string[] => [value].flat().filter((text) => typeof text === 'string')

const readSort = (text: string | undefined, { sorts }: ListRules): ListSort => {
  if (text === undefined) return { field: 'createdAt', descending: true }
  const descending = text.startsWith('-')
  const field = descending ? text.slice(1) : text
  if (!sorts.has(field)) throw errors.badRequest({ detail: `sort must be one of ${[...sorts.keys()].flatMap((name) => [name, `-${name}`]).join(', ')}` })
  return { field, descending }
}

const wrongValue = (parameter: string, fault: string): ProblemError => errors.badRequest({ detail: `${parameter} ${fault}` })

const readFilters = (query: Query, { filters }: ListRules, faultsOf: SchemaFaults): ListFilter[] => {
  const read = (parameter: string, field: ListedField, bound: boolean): ListValue[] => textsOf(query[parameter]).map((text) => {
    const result = readValue(field, text, bound, faultsOf)
    if ('fault' in result) throw wrongValue(parameter, result.fault)
    return result.value
  })
  return [...filters].flatMap(([name, field]): ListFilter[] => {
    if (field.kind === 'equals') {
      const values = [...new Set(read(name, field, false))]
      if (values.length > mostValues) throw wrongValue(name, `has more than ${mostValues} values`)
      return values.length > 0 ? [{ kind: 'equals', field: name, values }] : []
    }
    const bounds = rangeOperators.flatMap((operator) => read(boundName(name, operator), field, true).map((bound) => [operator, bound] as const))
    return bounds.length > 0 ? [{ kind: 'range', field: name, bounds: Object.fromEntries(bounds) }] : []
  })
}

/**
 * Reads the query of a list. Values are typed by the schema of their field. Throws 400 that names the parameter which is unknown,
 * there twice though it may not be, or can't be read.
 */
export const readListQuery = (query: Query, rules: ListRules, faultsOf: SchemaFaults): ListRequest => {
  const filters = [...rules.filters]
  const repeatable = filters.flatMap(([name, { kind }]) => kind === 'equals' ? [name] : [])
  const names = filters.flatMap(([name, { kind }]) => kind === 'equals' ? [name] : rangeOperators.map((operator) => boundName(name, operator)))
  const page = readPageQuery(query, { others: ['sort', ...names], repeatable })
  return {
    ...page,
    sort: readSort(textsOf(query.sort)[0], rules),
    filters: readFilters(query, rules, faultsOf),
    parameters: ['sort', ...names].flatMap((name) => textsOf(query[name]).map((text) => [name, text] as const))
  }
}
