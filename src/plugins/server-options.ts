import type { Server } from 'node:http'
import type { FastifyHttpOptions } from 'fastify'
import { mergeKeyword } from '../merge/merge-rules.js'
import { clientErrorHandler } from './client-error-handler.js'
import { frameworkErrors } from './problem-details.js'
import { requestId } from './request-id.js'
import { logController } from './request-log.js'

/**
 * Options of `fastify(...)` that plugins can't set from inside: with these, what is refused before a hook runs is a problem too,
 * validation finds every error and changes nothing but to add defaults, and an id of any length reaches its route, which knows its form.
 */
export const serverOptions = {
  ajv: { customOptions: { allErrors: true, removeAdditional: false, coerceTypes: false, useDefaults: true, allowUnionTypes: true, keywords: [mergeKeyword] } },
  // As long as a whole header section in Node: that a URL is too long is found later, by the plugin for it.
  routerOptions: { maxParamLength: 16_384 },
  // Node's own reply to a request without Host has no body.
  http: { requireHostHeader: false },
  return503OnClosing: false,
  genReqId: requestId,
  logController,
  frameworkErrors,
  clientErrorHandler
} satisfies FastifyHttpOptions<Server>
