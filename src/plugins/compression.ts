import type { IncomingHttpHeaders } from 'node:http'
import compress from '@fastify/compress'
import type { FastifyPluginAsync, FastifyReply, onSendHookHandler } from 'fastify'
import fp from 'fastify-plugin'

/** From this size on a body is compressed, in bytes: below it gains nothing. */
export const COMPRESSED_FROM_BYTES = 1024

const codings = ['br', 'gzip'] as const

/** The strong entity-tag `"5"` of the same representation, compressed: `"5-gzip"`. */
const codedTag = (etag: string, coding: string): string => `${etag.slice(0, -1)}-${coding}"`

const isStrong = (etag: unknown): etag is string => typeof etag === 'string' && etag.startsWith('"')

/** The tag that a 304 confirms: that of the compressed representation, where the client has that one and would get it again. */
const confirmedTag = (etag: string, { 'if-none-match': has, 'accept-encoding': accepts }: IncomingHttpHeaders): string =>
  codings.filter((coding) => String(accepts).includes(coding)).map((coding) => codedTag(etag, coding)).find((tag) => has?.includes(tag)) ?? etag

const varyOnCoding = (reply: FastifyReply): void => {
  const vary = reply.getHeader('vary')
  const others = vary === undefined ? [] : String(vary).split(/, */).filter((name) => name.toLowerCase() !== 'accept-encoding')
  reply.header('vary', [...others, 'Accept-Encoding'].join(', '))
}

/** Comes after the hook that compresses. */
const tagCoding: onSendHookHandler = (request, reply, payload, next) => {
  const etag = reply.getHeader('etag')
  if (reply.statusCode === 304) {
    varyOnCoding(reply)
    if (isStrong(etag)) reply.header('etag', confirmedTag(etag, request.raw.headers))
  } else if (reply.hasHeader('content-encoding')) {
    varyOnCoding(reply)
    if (reply.statusCode < 300 && isStrong(etag)) reply.header('etag', codedTag(etag, String(reply.getHeader('content-encoding'))))
  } else if (typeof payload === 'string' && payload.length >= COMPRESSED_FROM_BYTES) {
    varyOnCoding(reply)
  }
  next(null, payload)
}

const plugin: FastifyPluginAsync = async (app) => {
  await app.register(compress, { encodings: [...codings], threshold: COMPRESSED_FROM_BYTES, globalDecompression: false })
  app.addHook('onRoute', (route) => {
    route.onSend = [...[route.onSend ?? []].flat(), tagCoding]
  })
}

/**
 * Compresses bodies from 1 kB on by gzip or brotli, for clients that say so in Accept-Encoding. The strong entity-tag of a
 * compressed representation is another one (RFC 9110 section 8.8.3.3): `"5-gzip"` in place of `"5"`, and both name version 5 in
 * If-Match and If-None-Match. An error's ETag, which names the stored version, stays as it is. Bodies of requests are taken
 * uncompressed only.
 *
 * It works in hooks of the routes that are added after it, behind those which other plugins have added: register it after the
 * version hook and the plugin for Idempotency-Key.
 */
export const compressionPlugin = fp(plugin, { name: 'noclobber-compression', fastify: '5.x' })
