import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types'
import { PROBLEM_JSON } from '../plugins/problem-reply.js'
import { problemTypes, type ProblemSlug } from '../problem-types.js'
import { headersOfReply } from './headers.js'
import type { Operation, PossibleProblem, Success } from './operation.js'
import { problemExample } from './problem-examples.js'
import { problemReplyHeaders } from './problem-schemas.js'

/** The types of OpenAPI 3.1 build on those of 3.0. */
type Response = OpenAPIV3.ResponseObject & OpenAPIV3_1.ResponseObject

/** What any request may be refused for, whatever its route. */
const anywhere: readonly PossibleProblem[] = [
  { problem: 'bad-request' }, { problem: 'bad-request', status: 417 }, { problem: 'not-acceptable' }, { problem: 'request-timeout' },
  { problem: 'too-large' }, { problem: 'too-large', status: 414 }, { problem: 'too-large', status: 431 },
  { problem: 'rate-limited' }, { problem: 'internal' }, { problem: 'unavailable' }
]

const statusOf = ({ problem, status }: PossibleProblem): number => status ?? problemTypes[problem].status

const nameOf = (possible: PossibleProblem): string => `${possible.problem}.${statusOf(possible)}`

const schemaOf = ({ problem, schema }: PossibleProblem) => schema ?? { $ref: `#/components/schemas/problem.${problem}` }

/** The response with one of these problems, which all have the same status. */
const problemResponse = (problems: readonly PossibleProblem[], method: string): Response => {
  const slugs = [...new Set(problems.map(({ problem }) => problem))]
  const schemas = problems.map(schemaOf)
  const content = {
    [PROBLEM_JSON]: {
      schema: { oneOf: schemas },
      examples: Object.fromEntries(problems.map((one) => [one.problem, { $ref: `#/components/examples/${nameOf(one)}` }]))
    }
  }
  const headers = [...new Set(slugs.flatMap((slug) => problemReplyHeaders[slug] ?? []))]
  return { description: slugs.map((slug) => `\`${slug}\``).join(', '), headers: headersOfReply(headers), ...(method !== 'HEAD' && { content }) }
}

const successResponse = ({ description, content, headers, links }: Success, method: string): Response => ({
  description,
  headers: headersOfReply(headers),
  ...(content && method !== 'HEAD' && { content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])) }),
  ...(links && method !== 'HEAD' && { links })
})

/** The responses that every operation may have, by name, for the document's components. */
export const sharedResponses = (): Record<string, Response> => Object.fromEntries(anywhere.flatMap((possible) => [
  [nameOf(possible), problemResponse([possible], 'GET')], [`head.${nameOf(possible)}`, problemResponse([possible], 'HEAD')]
]))

/** The responses of an operation by status: its own, and those that any request may get. */
export const responsesOf = ({ successes, problems }: Pick<Operation, 'successes' | 'problems'>, method: string): Record<string, Response | OpenAPIV3_1.ReferenceObject> => {
  const possible = [...problems, ...anywhere]
  const statuses = [...new Set(possible.map(statusOf))].sort((a, b) => a - b)
  const shared = (one: PossibleProblem) => ({ $ref: `#/components/responses/${method === 'HEAD' ? 'head.' : ''}${nameOf(one)}` })
  return Object.fromEntries([
    ...successes.map((success) => [String(success.status), successResponse(success, method)] as const),
    ...statuses.map((status) => {
      const ofStatus = possible.filter((one) => statusOf(one) === status)
      const [only, ...others] = ofStatus
      return [String(status), only !== undefined && others.length === 0 && anywhere.includes(only) ? shared(only) : problemResponse(ofStatus, method)] as const
    })
  ])
}

/** Every type of problem. */
export const allProblems = Object.keys(problemTypes) as ProblemSlug[]

/** An example of each problem in each of its statuses, by the name that responses refer to it by. */
export const sharedExamples = (): Record<string, OpenAPIV3_1.ExampleObject> =>
  Object.fromEntries([...allProblems.map((problem): PossibleProblem => ({ problem })), ...anywhere, { problem: 'version-conflict', status: 412 } as const]
    .map((one) => [nameOf(one), { summary: problemTypes[one.problem].title, value: problemExample(one.problem, one.status) }]))
