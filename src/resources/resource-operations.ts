import { Type, type TSchema } from '@sinclair/typebox'
import type { NamedSchemas, Operation, Operations, PossibleProblem, QueryParameter, Success } from '../openapi/operation.js'
import type { ReplyHeader, RequestHeader } from '../openapi/headers.js'
import { versionConflictSchema } from '../openapi/problem-schemas.js'
import type { ProblemSlug } from '../problem-types.js'
import { isRestricted } from '../sign-in/access.js'
import { objectIdForm } from '../versioned-store/id-form.js'
import { jsonPatchType } from './json-patch-body.js'
import { listQueryParameters, pageParameters } from './list-parameters.js'
import type { Resource } from './resource.js'
import { revisionPage } from './revision-routes.js'

const json = (schema: TSchema | { readonly $ref: string }) => ({ 'application/json': schema })
const named = (name: string) => ({ $ref: `#/components/schemas/${name}` })

const preconditionHeaders: readonly RequestHeader[] = ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since']
const writeHeaders: readonly RequestHeader[] = ['If-Match', 'If-None-Match', 'If-Unmodified-Since', 'Prefer', 'Idempotency-Key']
const documentHeaders: readonly ReplyHeader[] = ['ETag', 'Last-Modified']
const writtenHeaders: readonly ReplyHeader[] = [...documentHeaders, 'Content-Location', 'Preference-Applied', 'Idempotency-Replayed']

const notModified = (headers: readonly ReplyHeader[]): Success => ({ status: 304, description: 'What the client has is what is there', headers })
const noContent = (description: string): Success => ({ status: 204, description, headers: ['ETag', 'Last-Modified', 'Preference-Applied', 'Idempotency-Replayed'] })

const of = (...slugs: readonly ProblemSlug[]): PossibleProblem[] => slugs.map((problem) => ({ problem }))

/** A JSON Patch (RFC 6902). */
const jsonPatch = Type.Array(Type.Union([
  Type.Object({ op: Type.Unsafe<string>({ type: 'string', enum: ['add', 'replace', 'test'] }), path: Type.String(), value: Type.Unknown() }),
  Type.Object({ op: Type.Literal('remove'), path: Type.String() }),
  Type.Object({ op: Type.Unsafe<string>({ type: 'string', enum: ['move', 'copy'] }), from: Type.String(), path: Type.String() })
]))

/** Links to what can be done with a document that a reply has created or shown. */
const linksFrom = (id: (operation: string) => string, withBody: boolean) => {
  const link = (operation: string, headers: object = {}) => ({ operationId: id(operation), parameters: { id: withBody ? '$response.body#/id' : '$request.path.id', ...headers } })
  const ifMatch = { 'header.If-Match': '$response.header.ETag' }
  return { read: link('read'), replace: link('replace', ifMatch), patch: link('patch', ifMatch), delete: link('delete', ifMatch), revisions: link('revisions') }
}

const conflictOf = ({ name, mismatchStatus }: Resource): PossibleProblem =>
  ({ problem: 'version-conflict', schema: named(`${name}.version-conflict`), ...(mismatchStatus === 412 && { status: 412 }) })

const idSchemaOf = ({ idForm }: Resource): TSchema =>
  idForm === objectIdForm ? Type.String({ pattern: '^[0-9a-fA-F]{24}$', description: idForm.description }) : Type.String({ minLength: 1, description: idForm.description })

/** What a write that names a document may be refused for, beside what is wrong with any request that has a body. */
const refusalsOfWrite = (resource: Resource): PossibleProblem[] =>
  [...of('not-found', 'gone', 'precondition-required', 'already-exists', 'request-in-progress', 'idempotency-key-reused', 'invalid', 'unsupported-media-type'), conflictOf(resource)]

const duplicates = ({ unique }: Resource): PossibleProblem[] => unique.length > 0 ? of('duplicate') : []

type Kind = Omit<Operation, 'id' | 'tag'>

const kindsOf = (resource: Resource, id: (operation: string) => string): Readonly<Record<string, readonly [operation: string, kind: Kind]>> => {
  const { name, noun, states } = resource
  const document = json(named(name))
  const shown: Success = { status: 200, description: `The ${noun}`, content: document, headers: documentHeaders, links: linksFrom(id, true) }
  const written: Success = { ...shown, description: `The ${noun} as it is stored now`, headers: writtenHeaders }
  const created: Success = { ...written, status: 201, description: `The ${noun} that was created; no body with Prefer: return=minimal`, headers: [...writtenHeaders, 'Location'] }
  const minimal = noContent('It is stored, and the reply has no body: Prefer: return=minimal')
  const refusals = refusalsOfWrite(resource)
  const byId: Pick<Operation, 'path'> = { path: { id: idSchemaOf(resource) } }
  const byVersion: Pick<Operation, 'path'> = { path: { ...byId.path, version: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'A version that is kept' }) } }
  const list = (query: readonly QueryParameter[], content: Success['content']): Omit<Kind, 'summary'> =>
    ({ query, headers: ['If-None-Match'], successes: [{ status: 200, description: 'A page', ...(content && { content }), headers: ['ETag of the page', 'Link'] }, notModified(['ETag of the page', 'Link'])], problems: [] })
  const transitions = Object.entries(states?.transitions ?? {}).map(([transition, { from, to }]) => [`POST /:id/${transition}`, [`transition.${transition}`, {
    ...byId, summary: `Take the ${noun} from ${from.join(' or ')} to ${to}`, headers: writeHeaders, successes: [written, minimal], problems: [...refusals, ...of('state-conflict')]
  }]] as const)
  const nameOf: QueryParameter = { name: 'as', description: `A name: others who are in the ${noun} are told that you are, and you are told of them. Where there is sign-in the name is the sub, whatever this says`, schema: Type.String({ maxLength: 64 }) }
  const placeOf: QueryParameter = { name: 'in', description: `The id of the ${noun} that you are in, with as`, schema: idSchemaOf(resource) }
  const events = (presence: readonly QueryParameter[]): Omit<Kind, 'summary'> => ({
    query: [{ name: 'fields', description: 'Members of a document, with commas between: only changes of these', schema: Type.String() }, ...presence],
    headers: ['Last-Event-ID'],
    successes: [{ status: 200, description: 'Server-sent events, each with the id to resume after', content: { 'text/event-stream': Type.String() } }],
    problems: []
  })
  return {
    'GET /': ['list', { summary: `List ${name}`, ...list(listQueryParameters(resource.listRules), json(named(`${name}.page`))) }],
    'POST /': ['create', { summary: `Create a new ${noun}`, headers: ['Prefer', 'Idempotency-Key'], successes: [created], problems: [...of('request-in-progress', 'idempotency-key-reused', 'invalid', 'unsupported-media-type'), ...duplicates(resource)] }],
    'GET /:id': ['read', { ...byId, summary: `Read the ${noun}`, headers: preconditionHeaders, successes: [shown, notModified(documentHeaders)], problems: of('not-found', 'gone', 'precondition-failed') }],
    'PUT /:id': ['replace', { ...byId, summary: `Replace the ${noun}, or create it under this id`, headers: writeHeaders, successes: [written, created, minimal], problems: [...refusals, ...duplicates(resource)] }],
    'PATCH /:id': ['patch', { ...byId, summary: `Change the ${noun} by a merge patch (RFC 7396) or a JSON Patch (RFC 6902)`, headers: writeHeaders, bodies: { [jsonPatchType]: jsonPatch }, successes: [written, minimal], problems: [...refusals, ...duplicates(resource), ...of('patch-test-failed')] }],
    'DELETE /:id': ['delete', { ...byId, summary: `Delete the ${noun}`, headers: writeHeaders, successes: [noContent('It is deleted; its version is one more')], problems: refusals }],
    ...Object.fromEntries(transitions),
    'GET /:id/revisions': ['revisions', { ...byId, summary: `List the versions of the ${noun} that are kept`, ...list(pageParameters, json(revisionPage)), problems: of('not-found') }],
    'GET /:id/revisions/:version': ['revision', { ...byVersion, summary: `Read an earlier version of the ${noun}`, headers: preconditionHeaders, successes: [shown, notModified(documentHeaders)], problems: of('not-found', 'gone', 'precondition-failed') }],
    'POST /:id/revisions/:version/restore': ['restore', { ...byVersion, summary: `Make an earlier version of the ${noun} the newest`, headers: writeHeaders, successes: [written, minimal], problems: [...refusals, ...duplicates(resource)] }],
    'GET /events': ['events', { summary: `Follow the changes of all ${name}`, ...events([nameOf, placeOf]) }],
    'GET /:id/events': ['document-events', { ...byId, summary: `Follow the changes of the ${noun}`, ...events([nameOf]) }]
  }
}

/** What the routes of a resource take and answer, beside what any route may answer; `url` is that of the collection. */
export const resourceOperations = (resource: Resource, url: string): Operations => {
  const { name } = resource
  const forbidden = isRestricted(resource) ? of('forbidden') : []
  const id = (operation: string) => `${name}.${operation}`
  return Object.fromEntries(Object.entries(kindsOf(resource, id)).map(([route, [operation, kind]]) => {
    const [method = '', path = ''] = route.split(' ')
    return [`${method} ${url}${path === '/' ? '' : path}`, { ...kind, id: id(operation), tag: name, problems: [...kind.problems, ...forbidden] }]
  }))
}

/** The schemas of a resource that its operations refer to. */
export const resourceSchemas = ({ name, schemas }: Resource): NamedSchemas => ({
  [name]: schemas.document,
  [`${name}.page`]: schemas.page,
  [`${name}.version-conflict`]: versionConflictSchema(named(name))
})

/** The operations and schemas of resources whose collections are at `/api/<name>`. */
export const documentedResources = (resources: readonly Resource[]): { readonly operations: Operations, readonly schemas: NamedSchemas } => ({
  operations: Object.fromEntries(resources.flatMap((resource) => Object.entries(resourceOperations(resource, `/api/${resource.name}`)))),
  schemas: Object.fromEntries(resources.flatMap((resource) => Object.entries(resourceSchemas(resource))))
})
