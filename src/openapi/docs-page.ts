import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsync } from 'fastify'
import '../plugins/not-acceptable.js'

/** The media types of the page and what it loads. */
const produces = ['text/html', 'text/css', 'application/javascript', 'text/javascript', 'image/png', 'application/json', 'application/x-yaml']

/** Swagger UI has its icons in style sheets, as `data:` URLs; else it gets by with what the service itself serves. */
const contentSecurityPolicy = {
  'default-src': "'self'",
  'img-src': "'self' data:",
  // The one style element that it writes, by its hash.
  'style-src-elem': "'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'object-src': "'none'"
}

/**
 * `GET /docs`: the document of `openapiPlugin` as a page on which requests can be tried (Swagger UI, by `@fastify/swagger-ui`). All of it
 * comes from the service, and no validator elsewhere is asked. Needs `openapiPlugin`.
 */
export const docsPagePlugin: FastifyPluginAsync = async (app) => {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, produces }
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: contentSecurityPolicy,
    uiConfig: { validatorUrl: null, url: '/openapi.json', displayRequestDuration: true, defaultModelsExpandDepth: 0 },
    theme: { title: 'noclobber' }
  })
}
