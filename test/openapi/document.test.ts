import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { replyChecker } from '../../scripts/fuzz/documented-replies.js'
import { problemTypes } from '../../src/problem-types.js'
import { resourceOperations } from '../../src/resources/resource-operations.js'
import { articles } from '../../src/resources/articles.js'
import { users } from '../../src/resources/users.js'
import { buildTestApp } from '../app.js'
import { tasks } from '../sign-in/tasks.js'
import { secret } from '../sign-in/tokens.js'

interface Operation { readonly operationId: string, readonly security?: unknown, readonly parameters?: readonly { readonly in: string, readonly name: string }[], readonly requestBody?: { readonly content: object }, readonly responses: Readonly<Record<string, object>> }
interface Document { readonly openapi: string, readonly info: { readonly title: string }, readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>, readonly components: { readonly schemas: Readonly<Record<string, object>>, readonly examples: Readonly<Record<string, { readonly value: { readonly type: string } }>>, readonly securitySchemes?: object } }

const documentOf = async (app: FastifyInstance): Promise<Document> => (await app.inject('/openapi.json')).json<Document>()
const operationsOf = ({ paths }: Document) => Object.entries(paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => [method.toUpperCase(), path, operation] as const))

t.test('/openapi.json', async (t) => {
  const routes = new Set<string>()
  const listen = (message: unknown) => (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url, schema }) => {
    if (schema === undefined || !('hide' in schema)) for (const name of [method].flat()) routes.add(`${name} ${url.replace(/:(\w+)/g, '{$1}').replace(/(?<=.)\/$/, '')}`)
  })
  subscribe('fastify.initialization', listen)
  const { app } = await buildTestApp(t)
  unsubscribe('fastify.initialization', listen)
  const document = await documentOf(app)
  const operations = operationsOf(document)

  t.equal(document.openapi, '3.1.0')
  t.strictSame(operations.map(([method, path]) => `${method} ${path}`).sort(), [...routes].sort(), 'it has every route, and no other')
  t.equal(new Set(operations.map(([, , { operationId }]) => operationId)).size, operations.length, 'each under a name of its own')
  t.ok(operations.every(([, , { operationId }]) => typeof operationId === 'string'))
  t.equal(document.components.securitySchemes, undefined, 'there is no sign-in')

  t.test('says what a write takes and answers', (t) => {
    const put = document.paths['/api/articles/{id}']?.put
    t.strictSame(put?.parameters?.map((parameter) => `${parameter.in} ${parameter.name}`), ['path id', 'header If-Match', 'header If-None-Match', 'header If-Unmodified-Since', 'header Prefer', 'header Idempotency-Key', 'header X-Request-Id'])
    t.strictSame(Object.keys(put?.responses ?? {}), ['200', '201', '204', '400', '404', '406', '408', '409', '410', '413', '414', '415', '417', '422', '428', '429', '431', '500', '503'])
    t.match(put?.responses['409'], { headers: { ETag: {} }, content: { 'application/problem+json': { schema: { oneOf: [{ $ref: '#/components/schemas/problem.already-exists' }, { $ref: '#/components/schemas/problem.request-in-progress' }, { $ref: '#/components/schemas/articles.version-conflict' }] } } } })
    t.strictSame(Object.keys(document.paths['/api/articles/{id}']?.patch?.requestBody?.content ?? {}), ['application/merge-patch+json', 'application/json', 'application/json-patch+json'])
    t.end()
  })

  t.test('has an example of every type of problem that fits its schema', (t) => {
    const ajv = new Ajv2020({ strict: false, validateSchema: false })
    formats.default(ajv)
    ajv.addSchema(document, 'document')
    const types = new Set<string>()
    for (const [name, { value }] of Object.entries(document.components.examples)) {
      const slug = value.type.replace('/problems/', '')
      types.add(slug)
      t.equal(ajv.validate(`document#/components/schemas/problem.${slug}`, value), true, `${name}: ${ajv.errorsText()}`)
    }
    t.strictSame([...types].sort(), Object.keys(problemTypes).sort())
    t.end()
  })

  t.test('is valid where it is wanted once: 304 by its entity-tag', async (t) => {
    const { headers } = await app.inject('/openapi.json')
    t.match(headers, { 'content-type': /^application\/json/, 'cache-control': 'no-cache', etag: /^"/ })
    t.match(await app.inject({ url: '/openapi.json', headers: { 'if-none-match': String(headers.etag) } }), { statusCode: 304, body: '' })
  })

  t.test('a reply that it does not tell of is found', (t) => {
    const check = replyChecker(document)
    const url = '/api/articles/:id'
    const headers = { etag: '"1"', 'last-modified': 'x', 'content-type': 'application/json' }
    const article = JSON.stringify({ id: 'a', version: 1, title: 'A', body: '', tags: [], status: 'draft', createdAt: '', updatedAt: '' })
    t.equal(check('GET', url, 200, headers, article), undefined)
    t.match(check('GET', url, 200, headers, article.replace('"version":1', '"version":"1"')), /version must be integer/)
    t.match(check('GET', url, 200, headers, article.replace('"title"', '"other":1,"title"')), /must NOT have additional properties/)
    t.match(check('GET', url, 200, { ...headers, etag: undefined }, article), 'there is no header ETag')
    t.match(check('GET', url, 200, { ...headers, etag: 'W/"1"' }, article), /header ETag/)
    t.match(check('GET', url, 200, { ...headers, location: '/' }, article), 'the header location is not documented')
    t.match(check('GET', url, 200, { ...headers, 'content-type': 'text/html' }, article), 'the media type text/html is not documented')
    t.equal(check('GET', url, 201, headers, article), 'the status is not documented')
    t.equal(check('GET', '/nothing', 200, headers, article), 'the route is not documented')
    t.match(check('GET', url, 404, { 'content-type': 'application/problem+json' }, '{"type":"/problems/gone"}'), /must/)
    t.end()
  })
})

t.test('sign-in: 401 and a security scheme, but for what is open; 403 where not everybody may do everything', async (t) => {
  const { app } = await buildTestApp(t, { resources: [tasks], signIn: { tokens: { secret } } })
  const document = await documentOf(app)
  const read = document.paths['/api/tasks/{id}']?.get
  t.strictSame(read?.security, [{ bearer: [] }])
  t.hasProps(read?.responses ?? {}, ['401', '403'])
  t.notOk('401' in (document.paths['/health/live']?.get?.responses ?? {}))
  t.match(document.components.securitySchemes, { bearer: { type: 'http', scheme: 'bearer' } })
})

t.test('what a resource declares shows: 412 in place of 409, duplicates, states, filters', (t) => {
  const operations = resourceOperations({ ...articles, mismatchStatus: 412 }, '/api/articles')
  t.match(operations['PUT /api/articles/:id']?.problems.find(({ problem }) => problem === 'version-conflict'), { status: 412 })
  t.ok('POST /api/articles/:id/archive' in operations)
  t.strictSame(operations['GET /api/articles']?.query?.map(({ name }) => name), ['limit', 'cursor', 'sort', 'status'])
  t.ok(resourceOperations(users, '/api/users')['POST /api/users']?.problems.some(({ problem }) => problem === 'duplicate'))
  t.end()
})
