import etag from '@fastify/etag'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { readEntityTag, withoutCodingSuffix } from '../preconditions/entity-tag.js'
import { parseEntityTagList } from '../preconditions/entity-tag-list.js'

/** Weak comparison of whole tags (RFC 9110 sections 8.8.3.2 and 13.1.2), also of one that tells how the body was compressed. */
const namesTag = (ifNoneMatch: string, tag: string): boolean => {
  const list = parseEntityTagList(ifNoneMatch)
  if (list.kind === 'star') return true
  const opaque = readEntityTag(tag, 0)?.tag.opaque
  return list.kind === 'tags' && list.tags.some((named) => named.opaque === opaque || withoutCodingSuffix(named.opaque) === opaque)
}

const plugin: FastifyPluginAsync = async (app) => {
  await app.register(etag, { replyWith304: false })
  app.addHook('onSend', (request, reply, payload, done) => {
    const tag = reply.getHeader('etag')
    const ifNoneMatch = request.headers['if-none-match']
    if (reply.statusCode !== 200) reply.removeHeader('etag')
    else if (typeof tag === 'string' && ifNoneMatch !== undefined && namesTag(ifNoneMatch, tag)) {
      reply.code(304)
      done(null, '')
      return
    }
    done(null, payload)
  })
}

/**
 * Entity-tags that are a hash of the body, by `@fastify/etag`, for GET routes whose replies have no version, in the scope that it
 * is registered in. 304 where If-None-Match names the tag, in a list too; an error gets no tag, and never becomes a 304.
 */
export const contentEtagPlugin = fp(plugin, { name: 'noclobber-content-etag', fastify: '5.x' })
