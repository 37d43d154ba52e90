import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { contentEtagPlugin } from '../plugins/content-etag.js'
import { describeOperations } from './describe-operations.js'
import type { NamedSchemas, Operations } from './operation.js'

export interface OpenapiOptions {
  /** What the routes of resources take and answer. A route of which nothing is said is described by its own schema. */
  readonly operations: Operations
  /** Schemas that the operations refer to. */
  readonly schemas: NamedSchemas
  /** Where requests must say who sends them: whether the route with this URL is open all the same. */
  readonly isOpen?: ((url: string) => boolean) | undefined
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

const description = `Documents with versions. Each reply with a document has its version as a strong ETag; each change says in If-Match which version it
changes, and who comes second gets a 409 that holds what is needed to resolve the conflict. Every error is application/problem+json (RFC 9457).`

const plugin: FastifyPluginAsync<OpenapiOptions> = async (app, options) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'noclobber', version, description, license: { name: 'MIT', identifier: 'MIT' } },
      // The URLs are relative to where the document is, whatever host or proxy it came from.
      servers: [{ url: '/' }]
    },
    exposeHeadRoutes: true,
    convertConstToEnum: false,
    transformObject: (document) => 'openapiObject' in document ? describeOperations(document.openapiObject, options) : document.swaggerObject
  })
  await app.register(async (scope) => {
    await scope.register(contentEtagPlugin)
    let json: string | undefined
    scope.get('/openapi.json', (_request, reply) => {
      json ??= JSON.stringify(app.swagger())
      return reply.header('cache-control', 'no-cache').type('application/json').send(json)
    })
  })
}

/**
 * `GET /openapi.json`: OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html) of the routes that are added after it, made by
 * `@fastify/swagger` when it is first asked for, from the schemas that validate bodies and from what `operations` says. It adds
 * nothing to the way of other requests: no schema of a reply is given to Fastify, which would leave out what it doesn't name.
 */
export const openapiPlugin = fp(plugin, { name: 'noclobber-openapi', fastify: '5.x' })
