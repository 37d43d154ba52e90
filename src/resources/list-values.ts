import type { JsonSchema } from '../merge/json-schema.js'
import type { ListValue } from '../versioned-store/list-filter.js'
import type { ComparedType, ListedField } from './list-fields.js'

/** What a schema says of a value: sentences that read on from its name, none where nothing is wrong. */
export type SchemaFaults = (schema: JsonSchema, value: unknown) => readonly string[]

/** A value in a query, or what is wrong with it. */
export type ReadValue = { readonly value: ListValue } | { readonly fault: string }

/** The grammar of a number in JSON (RFC 8259 section 6). */
const jsonNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/

const readers: Readonly<Record<ComparedType, (text: string) => ListValue | undefined>> = {
  string: (text) => text,
  number: (text) => jsonNumber.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined,
  boolean: (text) => text === 'true' ? true : text === 'false' ? false : undefined,
  date: (text) => { const date = new Date(text); return Number.isNaN(date.getTime()) ? undefined : date }
}

const expected: Readonly<Record<ComparedType, string>> = {
  string: 'must be a string',
  number: 'must be a number',
  boolean: 'must be true or false',
  date: 'must be a date and time with its offset (RFC 3339), such as 2026-01-31T12:00:00Z, or a date, such as 2026-01-31'
}

/**
 * Reads the text of a query as a value of a field. One that is compared for equality must be one that the field can have; a bound
 * must only be of its type.
 */
export const readValue = ({ type, schema }: ListedField, text: string, bound: boolean, faultsOf: SchemaFaults): ReadValue => {
  const value = readers[type](text)
  // `Date` makes the 2nd of March of the 30th of February: the format knows better.
  if (value === undefined || (type === 'date' && faultsOf(schema, text).length > 0)) return { fault: expected[type] }
  const [fault] = bound || type === 'date' ? [] : faultsOf(schema, value)
  return fault === undefined ? { value } : { fault }
}
