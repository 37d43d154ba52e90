import type { SwaggerTransformObject } from '@fastify/swagger'
import type { OpenAPIV3_1 } from 'openapi-types'
import { headerParameters } from './headers.js'
import type { OpenapiOptions } from './openapi-plugin.js'
import type { Operation, Operations, QueryParameter } from './operation.js'
import { problemSchema } from './problem-schemas.js'
import { allProblems, responsesOf, sharedExamples, sharedResponses } from './responses.js'
import { serviceOperations } from './service-operations.js'

type Described = NonNullable<OpenAPIV3_1.PathItemObject['get']>
type Parameter = OpenAPIV3_1.ParameterObject

/** What `@fastify/swagger` makes of the routes' own schemas. */
type Document = Extract<Parameters<SwaggerTransformObject>[0], { openapiObject: unknown }>['openapiObject']

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const

/** `/api/articles/{id}` as it is declared: `/api/articles/:id`. */
const declared = (path: string): string => path.replace(/\{([^{}]*)\}/g, ':$1')

/** Fastify adds the route of a collection twice, with and without a slash at the end: it is one. */
const withoutSlash = (path: string, operations: Operations): string => {
  const without = path.replace(/\/$/, '')
  return Object.keys(operations).some((route) => route.endsWith(` ${without}`)) ? without : path
}

/** A parameter that may be repeated is: `?status=draft&status=published`. */
const queryParameter = ({ name, description, schema }: QueryParameter): Parameter => ({ in: 'query', name, description, required: false, schema, ...(schema.type === 'array' && { style: 'form', explode: true }) })

const isParameter = (parameter: object): parameter is Parameter => 'in' in parameter

const pathParameter = (parameter: Parameter, { path }: Operation): Parameter => {
  const schema = path?.[parameter.name]
  return schema === undefined ? parameter : { ...parameter, ...(schema.description !== undefined && { description: schema.description }), schema }
}

const bodyOf = (described: Described, { bodies }: Operation): Pick<Described, 'requestBody'> => {
  const { requestBody } = described
  if (requestBody === undefined || !('content' in requestBody)) return {}
  const content = Object.entries(requestBody.content).map(([type, media]) => [type, bodies?.[type] === undefined ? media : { schema: bodies[type] }] as const)
  return { requestBody: { ...requestBody, content: Object.fromEntries(content) } }
}

/** An operation as the table of operations has it. HEAD is GET without the body. */
const describe = (described: Described, method: string, operation: Operation, needsSignIn: boolean): Described => {
  const { id, tag, summary, query = [], headers = [], successes, problems } = operation
  const inPath = (described.parameters ?? []).filter(isParameter).filter((parameter) => parameter.in === 'path')
  const refused = needsSignIn ? [...problems, { problem: 'unauthorized' as const }] : problems
  return {
    operationId: method === 'HEAD' ? `${id}.head` : id,
    tags: [tag],
    summary: method === 'HEAD' ? `${summary}: the headers` : summary,
    ...(needsSignIn && { security: [{ bearer: [] }] }),
    parameters: [...inPath.map((parameter) => pathParameter(parameter, operation)), ...query.map(queryParameter), ...headerParameters(headers)],
    ...(!['GET', 'HEAD'].includes(method) && bodyOf(described, operation)),
    responses: responsesOf({ successes, problems: refused }, method)
  }
}

/** Adds to what the routes' own schemas say what the operations do: headers, every status, and the problems. */
export const describeOperations = (document: Document, { operations: ofResources, schemas, isOpen }: OpenapiOptions): Partial<OpenAPIV3_1.Document> => {
  const operations: Operations = { ...serviceOperations, ...ofResources }
  const paths: OpenAPIV3_1.PathsObject = {}
  for (const [registered, item] of Object.entries((document as Partial<OpenAPIV3_1.Document>).paths ?? {})) {
    const path = withoutSlash(registered, operations)
    const described = { ...item }
    for (const name of methods) {
      const own = described[name]
      if (own === undefined) continue
      const method = name.toUpperCase()
      const url = declared(path)
      const operation = operations[`${method === 'HEAD' ? 'GET' : method} ${url}`]
      described[name] = operation === undefined
        ? { ...own, responses: { ...own.responses, ...responsesOf({ successes: [], problems: [] }, method) } }
        : describe(own, method, operation, isOpen?.(url) === false)
    }
    paths[path] = { ...paths[path], ...described }
  }
  return {
    ...(document as Partial<OpenAPIV3_1.Document>),
    tags: [...new Set(Object.values(operations).map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...schemas, ...Object.fromEntries(allProblems.map((slug) => [`problem.${slug}`, problemSchema(slug)])) },
      responses: sharedResponses(),
      examples: sharedExamples(),
      ...(isOpen && { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } })
    }
  }
}
