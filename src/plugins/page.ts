import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import './not-acceptable.js'

export interface PageOptions {
  /** The directory that holds the built page: index.html and what it loads. */
  readonly directory: string
}

/** What is served, by its URL. What the page loads has a folder of its own, so that a rule for it is one for all of it. */
const files = [
  { url: '/', file: 'index.html', type: 'text/html' },
  { url: '/page/page.js', file: 'page.js', type: 'text/javascript' },
  { url: '/page/style.css', file: 'style.css', type: 'text/css' },
  { url: '/page/icon.svg', file: 'icon.svg', type: 'image/svg+xml' }
] as const

const plugin: FastifyPluginAsync<PageOptions> = async (app, { directory }) => {
  const missing = files.find(({ file }) => !existsSync(join(directory, file)))
  if (missing !== undefined) throw new Error(`page: ${join(directory, missing.file)} is not there: build the page by npm run build`)
  await app.register(fastifyStatic, { root: directory, serve: false, cacheControl: false, contentType: false })
  for (const { url, file, type } of files) {
    app.get(url, { config: { produces: [type] }, schema: { hide: true } }, (_request, reply) => reply.header('cache-control', 'no-cache').type(`${type}; charset=utf-8`).sendFile(file))
  }
}

/**
 * The web page at `/`, by `@fastify/static`: it answers conditional requests, and tells what it has by file, so that nothing else
 * of the directory can be had. A browser asks each time whether its copy is still the one. Throws where the page isn't built.
 */
export const pagePlugin = fp(plugin, { name: 'noclobber-page', fastify: '5.x' })
