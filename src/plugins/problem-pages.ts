import type { FastifyPluginCallback } from 'fastify'
import { errors } from '../errors.js'
import { problemTypes, type ProblemSlug, type ProblemType } from '../problem-types.js'
import './not-acceptable.js'

const isProblemSlug = (slug: string): slug is ProblemSlug => Object.hasOwn(problemTypes, slug)

/**
 * `GET /problems/:type`: what a problem type means and what to do, as a page, or as JSON for those that prefer it: the type URI of every
 * problem can be looked up (RFC 9457 section 3.1.1). 404 for a type that isn't on the list. Needs `notAcceptablePlugin`.
 */
export const problemPagesPlugin: FastifyPluginCallback = (fastify, _options, done) => {
  fastify.get<{ Params: { type: string } }>('/problems/:type', { config: { produces: ['text/html', 'application/json'] } }, (request, reply) => {
    const { type } = request.params
    if (!isProblemSlug(type)) throw errors.notFound({ detail: 'There is no problem of this type' })
    const problem: ProblemType = problemTypes[type]
    reply.header('vary', 'Accept').header('cache-control', 'public, max-age=3600')
    if (request.accepts().type(['text/html', 'application/json']) === 'application/json') return reply.send({ type: `/problems/${type}`, ...problem })
    return reply.header('content-security-policy', "default-src 'none'").type('text/html; charset=utf-8').send(page(type, problem))
  })
  done()
}

const page = (slug: ProblemSlug, { status, title, about }: ProblemType): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(slug)}</title>
<h1>${escape(slug)}</h1>
<p><strong>${status} ${escape(title)}</strong></p>
<p>${escape(about)}</p>
</html>
`

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
