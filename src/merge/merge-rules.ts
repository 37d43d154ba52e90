import { describesObject, isJsonSchema, namedSchemasOf, subschemasOf, typesOf, type JsonSchema } from './json-schema.js'

/** How values at one place of a document merge, and those within them. What has no rule: objects by member, anything else as one value. */
export interface MergeRules {
  /** Strings merge line by line. */
  readonly text?: 'lines'
  /** Arrays of scalars merge as sets; arrays of objects by the member that tells their elements apart. */
  readonly array?: 'set' | KeyedArrayRule
  readonly members: ReadonlyMap<string, MergeRules>
  /** Rules for members that are not in `members`, by the pattern of their names: the first that matches. */
  readonly patterns: readonly (readonly [RegExp, MergeRules])[]
}

/** Elements with the same value (a string or a number) of the member `key` are the same element. */
export interface KeyedArrayRule {
  readonly key: string
  readonly items: MergeRules
}

/** The rules of a document whose schema says nothing about merging. */
export const noMergeRules: MergeRules = { members: new Map(), patterns: [] }

/** The keyword of a JSON Schema that holds a rule; a validator in strict mode must be told of it. */
export const mergeKeyword = 'merge'

/**
 * Reads how documents merge from the annotations in their schema (with TypeBox: `Type.String({ merge: 'lines' })`):
 * - `merge: 'lines'` on a string,
 * - `merge: 'set'` on an array of scalars,
 * - `merge: { key: 'id' }` on an array of objects which have that member.
 *
 * The parts of `allOf`, `anyOf` and `oneOf` count too; what is behind a `$ref` has no rules.
 * @throws TypeError where an annotation is none of these, or stands on a schema that it does not fit; says where
 */
export function mergeRules (schema: JsonSchema): MergeRules {
  return rulesAt(schema, '')
}

/** The rules for a member of an object. */
export const memberRules = (rules: MergeRules, name: string): MergeRules =>
  rules.members.get(name) ?? rules.patterns.find(([pattern]) => pattern.test(name))?.[1] ?? noMergeRules

function rulesAt (schema: JsonSchema, place: string): MergeRules {
  const members = namedSchemasOf(schema, 'properties').flatMap(([name, member]) =>
    isJsonSchema(member) ? [[name, rulesAt(member, `${place}/${name}`)] as const] : [])
  const patterns = namedSchemasOf(schema, 'patternProperties').flatMap(([pattern, member]) =>
    isJsonSchema(member) ? [[new RegExp(pattern, 'u'), rulesAt(member, `${place}/${pattern}`)] as const] : [])
  const others = isJsonSchema(schema.additionalProperties)
    ? [[/(?:)/u, rulesAt(schema.additionalProperties, `${place}/*`)] as const]
    : []
  const own = { ...annotation(schema, place), members: new Map(members), patterns: [...patterns, ...others] }
  return branchesOf(schema).map(branch => rulesAt(branch, place)).reduce(combine, own)
}

const branchesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  ['allOf', 'anyOf', 'oneOf'].flatMap(keyword => subschemasOf(schema, keyword)).filter(isJsonSchema)

const withBranches = (schema: JsonSchema): readonly JsonSchema[] => [schema, ...branchesOf(schema).flatMap(withBranches)]

function annotation (schema: JsonSchema, place: string): Pick<MergeRules, 'text' | 'array'> {
  const rule = schema[mergeKeyword]
  if (rule === undefined) return {}
  const fits = (type: string) => withBranches(schema).some(branch => typesOf(branch).includes(type))
  const refuse = (why: string) => new TypeError(`merge: ${JSON.stringify(rule)} at "${place}" of the schema: ${why}`)
  if (rule === 'lines') {
    if (!fits('string')) throw refuse('only a string merges by line')
    return { text: rule }
  }
  if (rule === 'set') {
    if (!fits('array')) throw refuse('only an array merges as a set')
    if (withBranches(schema).some(({ items }) => isJsonSchema(items) && (describesObject(items) || typesOf(items).includes('array')))) {
      throw refuse('only an array of scalars merges as a set')
    }
    return { array: rule }
  }
  if (isJsonSchema(rule) && typeof rule.key === 'string') {
    const { key } = rule
    const items = withBranches(schema).map(branch => branch.items).find(isJsonSchema)
    if (items === undefined || !withBranches(items).some(branch => namedSchemasOf(branch, 'properties').some(([name]) => name === key))) {
      throw refuse('only an array of objects that have this member merges by it')
    }
    return { array: { key, items: rulesAt(items, `${place}/*`) } }
  }
  throw refuse('it is "lines", "set" or { key: <name of a member> }')
}

function combine (left: MergeRules, right: MergeRules): MergeRules {
  const members = new Map(left.members)
  for (const [name, rules] of right.members) members.set(name, combine(members.get(name) ?? noMergeRules, rules))
  const text = left.text ?? right.text
  const array = left.array ?? right.array
  return { ...text && { text }, ...array && { array }, members, patterns: [...left.patterns, ...right.patterns] }
}
