import type { FastifySchemaValidationError } from 'fastify'
import { appendToPointer } from '../merge/json-pointer.js'
import { boundedPointer } from '../versioned-store/bounded-pointer.js'
import type { BrokenRule } from '../versioned-store/storable.js'

type AjvError = FastifySchemaValidationError

/**
 * What ajv found (with `allErrors`), one entry for each rule and place. The pointer (RFC 6901) names the value that is wrong:
 * an unknown field and a missing one by their own pointer, an element that repeats another by its index.
 * The message reads on from it: "/title" "is required".
 */
export const brokenRules = (errors: readonly AjvError[]): BrokenRule[] => {
  const rules = withoutBranches(errors).map(({ pointer, message }) => ({ pointer: boundedPointer(pointer), message }))
  return [...new Map(rules.map((rule) => [`${rule.pointer}\n${rule.message}`, rule])).values()]
}

/** Keywords whose error only says that a subschema failed, which has errors of its own. */
const SUMMARIES = new Set(['if', 'propertyNames'])

/** An `anyOf` fails with the errors of all its branches. Where they speak of one value, they become one sentence; else they say more than it does. */
const withoutBranches = (errors: readonly AjvError[]): BrokenRule[] => {
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
  const isBranchOf = (union: AjvError) => (error: AjvError) => error !== union && error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath)
  const oneValue = unions.filter((union) => errors.filter(isBranchOf(union)).every((error) => error.instancePath === union.instancePath && error.keyword in ALTERNATIVES))
  return errors.flatMap((error) => {
    if (SUMMARIES.has(error.keyword)) return error.keyword === 'if' ? [] : [ruleOf(error)]
    if ('propertyName' in error) return []
    if (oneValue.some((union) => isBranchOf(union)(error))) return []
    if (!unions.includes(error)) return [ruleOf(error)]
    const branches = errors.filter(isBranchOf(error))
    if (!oneValue.includes(error)) return branches.length > 0 ? [] : [ruleOf(error)]
    const schemasWithValues = new Set(branches.filter(({ keyword }) => keyword !== 'type').map(schemaOf))
    const alternatives = branches
      .filter((branch) => branch.keyword !== 'type' || !schemasWithValues.has(schemaOf(branch)))
      .flatMap((branch) => ALTERNATIVES[branch.keyword]?.(branch.params) ?? [])
    return alternatives.length > 0 ? [{ pointer: error.instancePath, message: `must be ${list(alternatives)}` }] : [ruleOf(error)]
  })
}

const schemaOf = ({ schemaPath }: AjvError): string => schemaPath.slice(0, schemaPath.lastIndexOf('/'))

const TYPES: Record<string, string> = {
  string: 'a string', number: 'a number', integer: 'an integer', boolean: 'true or false', object: 'an object', array: 'an array', null: 'null'
}

/** What a value may be, by the keywords that say so outright. */
const ALTERNATIVES: Record<string, (params: AjvError['params']) => string[]> = {
  type: ({ type }) => [type].flat().map((name) => TYPES[String(name)] ?? String(name)),
  const: ({ allowedValue }) => [JSON.stringify(allowedValue)],
  enum: ({ allowedValues }) => Array.isArray(allowedValues) ? allowedValues.map((value) => JSON.stringify(value)) : []
}

const SENTENCES: Record<string, (params: AjvError['params']) => string> = {
  required: () => 'is required',
  additionalProperties: () => 'is not a known field',
  unevaluatedProperties: () => 'is not a known field',
  'false schema': () => 'is not allowed',
  not: () => 'is not allowed',
  minLength: ({ limit }) => limit === 1 ? 'must not be empty' : `must have at least ${count(limit, 'character')}`,
  maxLength: ({ limit }) => `must have at most ${count(limit, 'character')}`,
  minItems: ({ limit }) => limit === 1 ? 'must not be empty' : `must have at least ${count(limit, 'item')}`,
  maxItems: ({ limit }) => `must have at most ${count(limit, 'item')}`,
  minProperties: ({ limit }) => limit === 1 ? 'must not be empty' : `must have at least ${count(limit, 'field')}`,
  maxProperties: ({ limit }) => `must have at most ${count(limit, 'field')}`,
  minimum: ({ limit }) => `must be at least ${String(limit)}`,
  maximum: ({ limit }) => `must be at most ${String(limit)}`,
  exclusiveMinimum: ({ limit }) => `must be more than ${String(limit)}`,
  exclusiveMaximum: ({ limit }) => `must be less than ${String(limit)}`,
  multipleOf: ({ multipleOf }) => `must be a multiple of ${String(multipleOf)}`,
  pattern: ({ pattern }) => `must match the pattern ${String(pattern)}`,
  format: ({ format }) => `must have the format ${String(format)}`,
  propertyNames: () => 'has a name that is not allowed'
}

const ruleOf = (error: AjvError): BrokenRule => {
  const { keyword, instancePath, params } = error
  if (keyword === 'uniqueItems') {
    const [first, second] = [Number(params.i), Number(params.j)].sort((a, b) => a - b)
    return { pointer: appendToPointer(instancePath, second ?? 0), message: `must differ from ${boundedPointer(appendToPointer(instancePath, first ?? 0))}` }
  }
  const alternatives = ALTERNATIVES[keyword]?.(params)
  const message = alternatives === undefined ? SENTENCES[keyword]?.(params) ?? plain(error.message) : `must be ${list(alternatives)}`
  const field = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty ?? (keyword === 'propertyNames' ? params.propertyName : undefined)
  return { pointer: typeof field === 'string' ? appendToPointer(instancePath, field) : instancePath, message }
}

const plain = (message = 'breaks a rule of the schema'): string => message.replace('NOT', 'not')

const count = (limit: unknown, noun: string): string => `${String(limit)} ${noun}${limit === 1 ? '' : 's'}`

const list = (alternatives: readonly string[]): string =>
  alternatives.length < 2 ? alternatives.join('') : `${alternatives.slice(0, -1).join(', ')} or ${alternatives.at(-1) ?? ''}`
