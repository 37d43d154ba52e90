import type { FastifyReply, FastifyRequest } from 'fastify'

const kErrorTag = Symbol('noclobber.error-tag')

/** The name under which a request keeps what `guardError` saw: decorate requests with it, as null. */
export const errorTagProperty: typeof kErrorTag = kErrorTag

declare module 'fastify' {
  interface FastifyRequest {
    /** The ETag of the error that the request ended in (undefined for one that has none); null where it hasn't. */
    [kErrorTag]: { readonly etag: unknown } | null
  }
}

const etagOf = (error: unknown): unknown => {
  if (typeof error !== 'object' || error === null || !('headers' in error)) return undefined
  const { headers } = error
  return typeof headers === 'object' && headers !== null && 'etag' in headers ? headers.etag : undefined
}

/*
 * These three keep `@fastify/etag` away from the replies of a route, wherever its hook stands among the others. In `onSend`, and for every
 * method and status, it hashes what has no ETag yet, and turns a reply whose ETag stands in If-None-Match into a 304. For a version tag
 * both are wrong: a PUT that was done, or an error, would look like "not modified", and a hash like a version.
 */

/**
 * For `onRequest`. An empty list of ETag lines stands for "no ETag": it counts as one that is set, gives way to the one that the reply
 * sets, and writes nothing. If-None-Match is taken out of `request.headers`; it stays in `request.raw`.
 */
export const guardReply = (request: FastifyRequest, reply: FastifyReply): void => {
  reply.header('etag', [])
  if (request.headers['if-none-match'] !== undefined) request.headers = { ...request.headers, 'if-none-match': undefined }
}

/** For `onError`: what the reply was to say of a document is not said of the error, and the error may have come before `guardReply`. */
export const guardError = (request: FastifyRequest, reply: FastifyReply, error: unknown): void => {
  request[kErrorTag] = { etag: etagOf(error) }
  reply.removeHeader('last-modified')
  guardReply(request, reply)
}

/** For `onSend` of the route, which is the last: takes the empty list away, and from an error every ETag but its own. */
export const unguardReply = (request: FastifyRequest, reply: FastifyReply): void => {
  const etag = reply.getHeader('etag')
  const error = request[kErrorTag]
  if (Array.isArray(etag) || (error !== null && etag !== undefined && etag !== error.etag)) reply.removeHeader('etag')
}
