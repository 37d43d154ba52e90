import { isJsonSchema, namedSchemasOf, subschemasOf, typesOf, type JsonSchema } from '../merge/json-schema.js'

/** What the values of a field are, of those that a list can compare. */
export type ComparedType = 'string' | 'number' | 'boolean' | 'date'

/** A field that a list filters or sorts by. */
export interface ListedField {
  readonly type: ComparedType
  /** The schema of a value. */
  readonly schema: JsonSchema
  /** Whether the field is an array of such values. */
  readonly array: boolean
  /** Whether some documents may lack the field, while in others it may be null. */
  readonly absentOrNull: boolean
}

/** RFC 3339; a date alone is its midnight in UTC. */
const dateField: ListedField = { type: 'date', schema: { type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] }, array: false, absentOrNull: false }

const dates = ['createdAt', 'updatedAt']

const branchesOf = (schema: JsonSchema): JsonSchema[] => ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => subschemasOf(schema, keyword)).filter(isJsonSchema)

const allTypesOf = (schema: JsonSchema): unknown[] => [...typesOf(schema), ...branchesOf(schema).flatMap(allTypesOf)]

const scalarTypes: Readonly<Record<string, ComparedType>> = { string: 'string', number: 'number', integer: 'number', boolean: 'boolean' }

/** The one type that a value has where it isn't null; undefined where it may be an array or an object, or of several types. */
const scalarTypeOf = (schema: JsonSchema): ComparedType | undefined => {
  const types = new Set(allTypesOf(schema).filter((type) => type !== 'null').map((type) => scalarTypes[String(type)]))
  return types.size === 1 ? [...types][0] : undefined
}

/** A value that stands alone can't be left out: a validator takes a default for a mistake there. */
const withoutDefault = (schema: JsonSchema): JsonSchema => Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== 'default'))

/**
 * The field `name` of documents with this content, or one of their dates; undefined where there is none whose values, or whose
 * elements, are all strings, numbers or booleans, null aside.
 */
export const listedField = (content: JsonSchema, name: string): ListedField | undefined => {
  if (dates.includes(name)) return dateField
  const schema = new Map(namedSchemasOf(content, 'properties')).get(name)
  if (!isJsonSchema(schema)) return undefined
  const array = typesOf(schema).includes('array')
  const value = array ? schema.items : schema
  const type = isJsonSchema(value) ? scalarTypeOf(value) : undefined
  const optional = !Array.isArray(content.required) || !content.required.includes(name)
  return isJsonSchema(value) && type !== undefined ? { type, schema: withoutDefault(value), array, absentOrNull: optional && allTypesOf(schema).includes('null') } : undefined
}

/** Whether the schema bounds strings to so many code points. */
export const isBoundedBy = (longest: number, schema: JsonSchema): boolean => {
  if ('const' in schema || 'enum' in schema || (typeof schema.maxLength === 'number' && schema.maxLength <= longest)) return true
  const branches = branchesOf(schema).filter((branch) => !typesOf(branch).includes('null'))
  return branches.length > 0 && branches.every((branch) => isBoundedBy(longest, branch))
}
