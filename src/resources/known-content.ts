import { getMember, isJsonArray, isJsonObject, jsonEquals, setMember, type Json, type JsonDraft, type JsonObject } from '../merge/json.js'
import { copyJson } from '../merge/json-copy.js'
import { isJsonSchema, namedSchemasOf, type JsonSchema } from '../merge/json-schema.js'

/**
 * What is stored may be of a release with another schema: it may lack what this one requires, and hold what this one doesn't know.
 * A release shows and changes what its schema knows, and leaves everything else in the document as it is.
 */
export interface KnownContent {
  /** Content as clients see it: what the schema knows, in its order, and the defaults of what is missing. */
  readonly show: (stored: JsonObject) => JsonObject
  /** What the schema knows of stored content; the same object where that is all. */
  readonly of: (stored: JsonObject) => JsonObject
  /** `made`, made of what the schema knows of `stored`, with all else that is stored. */
  readonly keep: (stored: JsonObject, made: JsonObject) => JsonObject
}

interface Shape {
  readonly of: (value: Json) => Json
  readonly keep: (stored: Json, made: Json) => Json
  readonly show: (value: Json) => Json
}

const same = <T>(value: T): T => value

const arrayShape = (element: Shape): Shape => {
  const of = (value: Json): Json => {
    if (!isJsonArray(value)) return value
    const known = value.map(element.of)
    return known.every((one, i) => one === value[i]) ? value : known
  }
  return {
    of,
    // Elements have no names: what belongs to one goes with it only where the rest of it is the same.
    keep: (stored, made) => isJsonArray(stored) && isJsonArray(made) && of(stored) !== stored
      ? made.map((one) => stored.find((before) => jsonEquals(element.of(before), one)) ?? one)
      : made,
    show: (value) => isJsonArray(value) ? value.map(element.show) : value
  }
}

const objectShape = (schema: JsonSchema, closed: boolean): Shape => {
  const members = namedSchemasOf(schema, 'properties').map(([name, member]) =>
    ({ name, shape: shapeOf(member), missing: isJsonSchema(member) ? member.default as Json | undefined : undefined }))
  const shapes = new Map(members.map(({ name, shape }) => [name, shape]))
  const of = (value: Json): Json => {
    if (!isJsonObject(value)) return value
    const known: JsonDraft = {}
    let differs = false
    for (const name of Object.keys(value)) {
      const member = getMember(value, name) ?? null
      if (closed && !shapes.has(name)) { differs = true; continue }
      const part = shapes.get(name)?.of(member) ?? member
      differs ||= part !== member
      setMember(known, name, part)
    }
    return differs ? known : value
  }
  return {
    of,
    keep: (stored, made) => {
      if (!isJsonObject(stored) || !isJsonObject(made) || of(stored) === stored) return made
      const kept: JsonDraft = {}
      for (const name of Object.keys(made)) {
        const [member, before] = [getMember(made, name) ?? null, getMember(stored, name)]
        setMember(kept, name, before === undefined ? member : shapes.get(name)?.keep(before, member) ?? member)
      }
      for (const name of Object.keys(stored)) if (closed && !shapes.has(name)) setMember(kept, name, getMember(stored, name) ?? null)
      return kept
    },
    show: (value) => {
      if (!isJsonObject(value)) return value
      const shown: JsonDraft = {}
      for (const { name, shape, missing } of members) {
        const member = getMember(value, name)
        if (member !== undefined) setMember(shown, name, shape === undefined ? member : shape.show(member))
        else if (missing !== undefined) setMember(shown, name, copyJson(missing))
      }
      if (!closed) for (const name of Object.keys(value)) if (!shapes.has(name)) setMember(shown, name, getMember(value, name) ?? null)
      return shown
    }
  }
}

/** Keywords by which more than `properties` says what an object may hold: such a value is taken as it is. */
const alsoKnow = ['patternProperties', 'anyOf', 'oneOf', 'allOf', 'if', '$ref']

/** Undefined where every value is known as it is. */
const shapeOf = (schema: unknown): Shape | undefined => {
  if (!isJsonSchema(schema)) return undefined
  if (isJsonSchema(schema.items)) {
    const element = shapeOf(schema.items)
    return element && arrayShape(element)
  }
  if (!isJsonSchema(schema.properties) || alsoKnow.some((keyword) => keyword in schema)) return undefined
  return objectShape(schema, schema.additionalProperties === false)
}

const asObject = (value: Json): JsonObject => {
  if (!isJsonObject(value)) throw new TypeError('content is an object')
  return value
}

/** Reads the schema of a resource's content, an object's that allows no other properties. */
export const knownContent = (schema: JsonSchema): KnownContent => {
  const { of, keep, show } = shapeOf(schema) ?? { of: same<Json>, keep: (_stored: Json, made: Json) => made, show: same<Json> }
  return {
    of: (stored) => asObject(of(stored)),
    keep: (stored, made) => asObject(keep(stored, made)),
    show: (stored) => asObject(show(stored))
  }
}
