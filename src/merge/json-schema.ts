/** A JSON Schema object, as TypeBox makes it, read keyword by keyword. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Whether the value of a keyword is a schema object (the schemas `true` and `false` are not). */
export const isJsonSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a schema is that of an object: it says so, or has keywords that only objects have. */
export const describesObject = (schema: JsonSchema): boolean =>
  typesOf(schema).includes('object') || ['properties', 'patternProperties', 'additionalProperties'].some(keyword => keyword in schema)

/** The types that `type` allows, as a list; empty where it is absent. */
export const typesOf = (schema: JsonSchema): readonly unknown[] =>
  Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type]

/** The subschemas of a keyword that takes a list, such as `allOf`; empty where it is absent. */
export const subschemasOf = (schema: JsonSchema, keyword: string): readonly unknown[] => {
  const value = schema[keyword]
  return Array.isArray(value) ? value : []
}

/** The subschemas of a keyword that maps names to them, such as `properties`; empty where it is absent. */
export const namedSchemasOf = (schema: JsonSchema, keyword: string): readonly (readonly [string, unknown])[] => {
  const value = schema[keyword]
  return isJsonSchema(value) ? Object.entries(value) : []
}
