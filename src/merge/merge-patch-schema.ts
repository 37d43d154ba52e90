import { Type, type TSchema } from '@sinclair/typebox'
import { describesObject, isJsonSchema, namedSchemasOf, subschemasOf, typesOf, type JsonSchema } from './json-schema.js'

/** Keywords that a member which is left out, or removed by null, can break though the patched document does not. */
const aboutTheWholeObject = new Set([
  'required', 'minProperties', 'maxProperties', 'dependentRequired', 'dependentSchemas', 'dependencies', 'not', 'if', 'then', 'else', 'const', 'enum'
])

/** Keywords that don't belong in a copy: an absent member of a patch has no default, and two schemas can't have one id. */
const notForPatches = new Set(['$id', '$schema', 'default'])

const combinators = ['allOf', 'anyOf', 'oneOf', 'not', 'if', '$ref']

/**
 * The schema of a JSON Merge Patch (RFC 7396) of the documents that `schema` describes, so that a patch can be refused by its body
 * alone, before the stored document is known. It never refuses a patch that sets and removes members to make a valid document.
 * - Every member is optional. Null, which removes, is allowed where the document may lack the member: it is optional, or has a default.
 * - Objects in it are patches too; arrays and scalars are whole values, as they were.
 * - `additionalProperties` stays: what it forbids can't be removed either.
 * - `default` is left out, since a member that a patch leaves out stays what it is; so are `$id` and rules about an object as a whole.
 * - A union (`anyOf`, `oneOf`) with an object in it, and a `$ref`, allow anything: only the patched document can be judged.
 *
 * A member that may be null in the document can't be set to null by a merge patch; validate what it becomes, in any case.
 * @param schema the schema of a document, an object's
 * @returns a new schema; it shares the parts that stay the same
 */
export function mergePatchSchema (schema: TSchema): TSchema {
  return Type.Unsafe(patchOf(schema))
}

function patchOf (schema: JsonSchema): JsonSchema {
  if ('$ref' in schema) return {}
  const alternatives = [...subschemasOf(schema, 'anyOf'), ...subschemasOf(schema, 'oneOf')]
  if (alternatives.some(mayBeObject)) return {}
  const object = describesObject(schema) || subschemasOf(schema, 'allOf').some(mayBeObject)
  const patch: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (notForPatches.has(keyword) || (object && aboutTheWholeObject.has(keyword))) continue
    patch[keyword] = value
  }
  if (!object) return patch
  if ('properties' in schema) {
    const required = new Set(subschemasOf(schema, 'required'))
    patch.properties = Object.fromEntries(namedSchemasOf(schema, 'properties').map(([name, member]) =>
      [name, memberPatchOf(member, !required.has(name) || (isJsonSchema(member) && 'default' in member))]))
  }
  if ('patternProperties' in schema) {
    patch.patternProperties = Object.fromEntries(namedSchemasOf(schema, 'patternProperties').map(([pattern, member]) =>
      [pattern, memberPatchOf(member, true)]))
  }
  for (const keyword of ['additionalProperties', 'unevaluatedProperties']) {
    if (isJsonSchema(schema[keyword])) patch[keyword] = memberPatchOf(schema[keyword], true)
  }
  if ('allOf' in schema) patch.allOf = subschemasOf(schema, 'allOf').map(part => isJsonSchema(part) ? patchOf(part) : part)
  return patch
}

const memberPatchOf = (member: unknown, removable: boolean): unknown => {
  if (!isJsonSchema(member)) return member
  const patch = patchOf(member)
  return removable ? orNull(patch) : patch
}

/** Without a wrapper where that can be had: an `anyOf` around it would make two more errors of each. */
function orNull (schema: JsonSchema): JsonSchema {
  const { const: constant, ...rest } = schema
  if (Object.keys(schema).length === 0) return schema
  if (combinators.some(keyword => keyword in schema)) return { anyOf: [schema, { type: 'null' }] }
  const nullable: Record<string, unknown> = { ...rest }
  if ('type' in schema) nullable.type = [...new Set([...typesOf(schema), 'null'])]
  if ('const' in schema) nullable.enum = [constant, null]
  else if ('enum' in schema) nullable.enum = [...new Set([...subschemasOf(schema, 'enum'), null])]
  return nullable
}

const mayBeObject = (schema: unknown): boolean =>
  schema === true || (isJsonSchema(schema) && (describesObject(schema) || '$ref' in schema ||
    (typesOf(schema).length === 0 && !('const' in schema) && !('enum' in schema) &&
      ['allOf', 'anyOf', 'oneOf'].every(keyword => !(keyword in schema) || subschemasOf(schema, keyword).some(mayBeObject)))))
