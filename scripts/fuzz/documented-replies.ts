import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The parts of a document that replies are held against. */
interface Response { readonly $ref?: string, readonly headers?: Readonly<Record<string, { readonly required?: boolean, readonly schema: object }>>, readonly content?: Readonly<Record<string, unknown>> }
interface Document { readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>>, readonly components: { readonly schemas: Readonly<Record<string, Schema>>, readonly responses: Readonly<Record<string, Response>> } }
interface Schema { additionalProperties?: unknown, readonly properties?: Readonly<Record<string, Schema>>, readonly items?: Schema }

/** Headers that are only there where the document says so. */
const told = ['etag', 'last-modified', 'location', 'content-location', 'link', 'preference-applied', 'idempotency-replayed', 'retry-after', 'www-authenticate', 'allow', 'accept-patch', 'accept', 'accept-encoding', 'x-request-id']

/** A document is open to members to come; a reply of today has those that it names, and no others. */
const close = (schema: Schema, deep: boolean): void => {
  const { properties = {}, items } = schema
  if (Object.keys(properties).length > 0) schema.additionalProperties ??= false
  if (deep) for (const part of [...Object.values(properties), ...(items ? [items] : [])]) close(part, deep)
}

const closed = (document: Document): Document => {
  const copy = structuredClone(document)
  for (const [name, schema] of Object.entries(copy.components.schemas)) close(schema, name.startsWith('problem.') || name.endsWith('.version-conflict'))
  return copy
}

const pointer = (...tokens: readonly string[]): string => tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** Holds replies against a document: gives what is wrong with one, or undefined. */
export const replyChecker = (json: object) => {
  const document = closed(JSON.parse(JSON.stringify(json)) as Document)
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true })
  formats.default(ajv)
  ajv.addSchema(document, 'document')
  const fits = (at: string, value: unknown): string | undefined => {
    const validate: ValidateFunction | undefined = ajv.getSchema(`document#${encodeURI(at)}`)
    if (validate === undefined) return `there is no schema at ${at}`
    return validate(value) ? undefined : `${ajv.errorsText(validate.errors?.slice(0, 8))} in ${JSON.stringify(value).slice(0, 1_000)}`
  }
  const headersFault = ({ headers = {} }: Response, at: string, sent: Readonly<Record<string, unknown>>): string | undefined => {
    const documented = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
    const unknown = told.find((name) => sent[name] !== undefined && !documented.has(name))
    if (unknown !== undefined) return `the header ${unknown} is not documented`
    for (const [name, { required }] of Object.entries(headers)) {
      const value = sent[name.toLowerCase()]
      if (value === undefined && required === true) return `there is no header ${name}`
      const fault = value === undefined ? undefined : fits(`${at}${pointer('headers', name, 'schema')}`, typeof value === 'number' ? String(value) : value)
      if (fault !== undefined) return `header ${name}: ${fault}`
    }
    return undefined
  }
  return (method: string, url: string, status: number, headers: Readonly<Record<string, unknown>>, body: unknown): string | undefined => {
    const path = url.replace(/:(\w+)/g, '{$1}').replace(/(?<=.)\/$/, '')
    const responses = document.paths[path]?.[method.toLowerCase()]?.responses
    if (responses === undefined) return 'the route is not documented'
    const given = responses[status]
    if (given === undefined) return 'the status is not documented'
    const shared = given.$ref?.split('/').at(-1)
    const response = shared === undefined ? given : document.components.responses[shared] ?? {}
    const at = shared === undefined ? pointer('paths', path, method.toLowerCase(), 'responses', String(status)) : pointer('components', 'responses', shared)
    const fault = headersFault(response, at, headers)
    if (fault !== undefined || typeof body !== 'string' || body === '' || method === 'HEAD' || status === 304) return fault
    const type = String(headers['content-type']).split(';')[0] ?? ''
    if (response.content?.[type] === undefined) return `the media type ${type} is not documented`
    return /\bjson$/.test(type) ? fits(`${at}${pointer('content', type, 'schema')}`, JSON.parse(body)) : undefined
  }
}

/** How many operations a document has. */
export const operationsIn = (document: object): number =>
  Object.values((document as Document).paths).flatMap((item) => Object.keys(item)).length

/**
 * Builds an app all of whose replies are held against its own OpenAPI document as they are sent. `faults` fills with what is wrong:
 * a status, header or body of a route that the document doesn't know. `onReply` hears of each reply that a request was read for.
 */
export const withDocumentedReplies = async (build: () => Promise<FastifyInstance>, onReply?: (request: FastifyRequest, status: number) => void): Promise<{ readonly app: FastifyInstance, readonly faults: ReadonlySet<string> }> => {
  const faults = new Set<string>()
  const bodies = new WeakMap<FastifyRequest, unknown>()
  let built: FastifyInstance | undefined
  let check: ReturnType<typeof replyChecker> | undefined
  const judge = (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): void => {
    const { url, schema, config } = request.routeOptions
    // Another app may have been made at the same time.
    if (app !== built) return
    onReply?.(request, reply.statusCode)
    if (url === undefined || request.is404 || config.everyUrl === true || (schema !== undefined && 'hide' in schema)) return
    check ??= replyChecker(app.swagger())
    const fault = check(request.method, url, reply.statusCode, reply.getHeaders(), bodies.get(request))
    if (fault !== undefined) faults.add(`${request.method} ${url} ${reply.statusCode}: ${fault}`)
  }
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onSend', (request, _reply, payload, done) => {
      bodies.set(request, payload)
      done(null, payload)
    })
    fastify.addHook('onResponse', (request, reply, done) => {
      try {
        judge(fastify, request, reply)
      } catch (error) {
        faults.add(`${request.method} ${request.url}: ${String(error)}`)
      }
      done()
    })
  }
  subscribe('fastify.initialization', watch)
  try {
    built = await build()
    return { app: built, faults }
  } finally {
    unsubscribe('fastify.initialization', watch)
  }
}
