import type { FastifyRequest } from 'fastify'
import { errors, type ProblemError } from '../errors.js'
import type { BrokenRule } from '../versioned-store/storable.js'
import { brokenRules } from './validation-errors.js'

const MAX_RULES = 1000

const PARTS = [
  { part: 'params', name: 'The path' },
  { part: 'querystring', name: 'The query' },
  { part: 'headers', name: 'The header section' }
] as const

export type UnreadablePart = (typeof PARTS)[number]['part']

/** 400 for a path, query or header section that breaks its schema. */
export const unreadablePart = (part: UnreadablePart, rules: readonly BrokenRule[]): ProblemError => {
  const name = PARTS.find((entry) => entry.part === part)?.name ?? 'The request'
  const sentences = rules.slice(0, 10).map(({ pointer, message }) => pointer === '' ? message : `${pointer.slice(1)} ${message}`)
  return errors.badRequest({ detail: `${name} cannot be read: ${sentences.join('; ')}` })
}

/**
 * 422 for a body that breaks rules, with `errors: [{ pointer, message }]`, at most 1000 of them. A request whose path, query or headers
 * can't be read either is 400, which comes first, though Fastify looks at the body before the query and the headers.
 */
export const invalidBody = (request: FastifyRequest, rules: readonly BrokenRule[]): ProblemError =>
  findUnreadablePart(request) ?? errors.invalid({ detail: summary(rules), members: { errors: rules.slice(0, MAX_RULES) } })

const findUnreadablePart = (request: FastifyRequest): ProblemError | undefined => {
  const values = { params: request.params, querystring: request.query, headers: request.headers }
  for (const { part } of PARTS) {
    const validate = request.getValidationFunction(part)
    if (validate !== undefined && !validate(values[part])) return unreadablePart(part, brokenRules(validate.errors ?? []))
  }
  return undefined
}

const summary = ([first, ...others]: readonly BrokenRule[]): string => {
  if (first === undefined) return 'The body breaks a rule of the schema'
  const sentence = `${first.pointer === '' ? 'The body' : first.pointer} ${first.message}`
  return others.length === 0 ? sentence : `${sentence} (and ${others.length} more: see errors)`
}
