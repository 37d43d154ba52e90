import { createHash } from 'node:crypto'
import type { FastifyPluginCallback, FastifyReply, FastifyRequest, preValidationHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { errors, isProblemError } from '../errors.js'
import { maxKeyBytes, readIdempotencyKey } from '../idempotency/key-header.js'
import type { KeptReply, KeyRecord, KeyRecords } from '../idempotency/key-records.js'

/** The key of a request that this service carries out. */
export interface ClaimedKey {
  /** Digest of the key and of the request: the write carries it. */
  readonly key: string
  /** The id of the document that the request creates, if it creates one. */
  readonly newId: string | undefined
  /** Whether the key was claimed by a request before this one, which may have been done. */
  readonly retried: boolean
}

export interface IdempotencyKeyOptions {
  readonly records: KeyRecords
  /** Who sends a request: keys of different senders are different keys. */
  readonly senderOf?: (request: FastifyRequest) => string
}

const kKey = Symbol('noclobber.idempotency-key')
const kClaim = Symbol('noclobber.claim')
const kOutcome = Symbol('noclobber.outcome')

/** The record under which a request is carried out, and whether a request before this one made it. */
interface Claim extends Pick<ClaimedKey, 'retried'> {
  readonly record: KeyRecord
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Honours Idempotency-Key on this route; `newId` makes an id for the document that it creates. */
    idempotencyKey?: { readonly newId?: () => string }
  }
  interface FastifyRequest {
    /** The key, read from its header. */
    [kKey]: string | null
    [kClaim]: Claim | null
    /** What an error said of the write. */
    [kOutcome]: unknown
    /** The key under which the request is carried out; null where it has none. */
    readonly claimedKey: ClaimedKey | null
  }
}

/** How long a reply waits until it is kept, in ms. */
const keptWithinMs = 1_000

const digest = (parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(String(part.length)).update(' ').update(part)
  return hash.digest('base64url')
}

const replayedHeaders = ['etag', 'location', 'content-location', 'content-type', 'last-modified', 'cache-control', 'vary', 'preference-applied']

/** What makes two requests the same: what was asked, of what, under which conditions, by whom. */
const requestDigest = ({ method, raw, bodyBytes }: FastifyRequest, sender: string, key: string): string => {
  const { headers } = raw
  const named = ['content-type', 'if-match', 'if-none-match', 'prefer'].map((name) => String(headers[name] ?? ''))
  return digest([method, raw.url ?? '', sender, key, ...named, bodyBytes ?? ''])
}

const keptHeaders = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(replayedHeaders.flatMap((name) => reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : []))

const replay = (reply: FastifyReply, { status, headers, body }: KeptReply): FastifyReply =>
  reply.code(status).headers(headers).header('idempotency-replayed', 'true').serializer((payload) => String(payload)).send(body === '' ? undefined : body)

/**
 * Whether a reply says for sure that nothing was written: then the key is free again. That this request has not come as far as
 * the document says nothing of one before it.
 */
const changedNothing = (status: number, outcome: unknown, { retried }: Claim): boolean =>
  (status >= 400 && status < 500) || (outcome === 'not-applied' && !retried)

const readKey: preValidationHookHandler = (request, _reply, next) => {
  const header = request.headers['idempotency-key']
  if (header === undefined) { next(); return }
  const key = readIdempotencyKey(String(header))
  request[kKey] = key ?? null
  next(key === undefined ? errors.badRequest({ detail: `Idempotency-Key cannot be read: it must be a quoted string of at most ${maxKeyBytes} bytes`, members: { header: 'Idempotency-Key' } }) : undefined)
}

/** Whether a request before this one was done, nobody can tell just now. */
const unreachable = (cause: unknown) =>
  Object.assign(errors.unavailable({ detail: 'The database cannot be reached: send the request again with the same Idempotency-Key', members: { outcome: 'unknown' } }), { cause })

const plugin: FastifyPluginCallback<IdempotencyKeyOptions> = (app, { records, senderOf = () => '' }, done) => {
  const running = new Map<string, string>()

  const begin = async (request: FastifyRequest, reply: FastifyReply, key: string): Promise<FastifyReply | undefined> => {
    const sender = senderOf(request)
    const newId = request.routeOptions.config.idempotencyKey?.newId?.()
    const record: KeyRecord = { _id: digest([sender, key]), request: requestDigest(request, sender, key), ...(newId !== undefined && { newId }), claimedAt: new Date() }
    const runs = running.get(record._id)
    if (runs !== undefined) throw runs === record.request ? errors.requestInProgress() : errors.idempotencyKeyReused()
    running.set(record._id, record.request)
    request[kClaim] = { record, retried: false }
    const other = await records.claim(record).catch((error: unknown) => { throw unreachable(error) })
    if (other === undefined) return undefined
    if (other.request !== record.request) throw errors.idempotencyKeyReused()
    // Claimed before, and no reply kept: a process stopped in between. The write says whether it was done.
    request[kClaim] = { record: other, retried: true }
    return other.reply && replay(reply, other.reply)
  }

  const warn = (request: FastifyRequest, error: unknown) => request.log.warn({ err: error }, 'The reply for an Idempotency-Key could not be kept: the next request with it looks at the document')

  /** Doesn't wait for long: until the reply is kept, the same request again is told that this one still runs. */
  const keep = async (request: FastifyRequest, record: KeyRecord, reply: KeptReply): Promise<void> => {
    const kept = records.keep(record, reply).catch((error: unknown) => warn(request, error)).finally(() => running.delete(record._id))
    let timer: NodeJS.Timeout | undefined
    await Promise.race([kept, new Promise<void>((resolve) => { timer = setTimeout(resolve, keptWithinMs) })])
    clearTimeout(timer)
  }

  /**
   * Gives the key of a request that changed nothing free. Where the same request was done meanwhile, by another process or an
   * earlier try, and its document no longer names it since the reply was kept, that is the reply to this one too.
   */
  const free = async (request: FastifyRequest, reply: FastifyReply, record: KeyRecord, payload: unknown): Promise<unknown> => {
    const kept = await records.free(record).catch((error: unknown) => warn(request, error)).finally(() => running.delete(record._id))
    if (!kept) return payload
    for (const name of ['retry-after', ...replayedHeaders]) reply.removeHeader(name)
    reply.code(kept.status).headers(kept.headers).header('idempotency-replayed', 'true')
    return kept.body
  }

  /** Settles the key of a request before its reply is sent; gives the payload to send. */
  const end = async (request: FastifyRequest, reply: FastifyReply, claim: Claim, payload: unknown): Promise<unknown> => {
    const { statusCode } = reply
    const { record } = claim
    if (!reply.hasHeader('idempotency-replayed')) {
      if (statusCode >= 300 && changedNothing(statusCode, request[kOutcome], claim)) return await free(request, reply, record, payload)
      if (statusCode < 300) {
        await keep(request, record, { status: statusCode, headers: keptHeaders(reply), body: typeof payload === 'string' ? payload : '' })
        return payload
      }
    }
    running.delete(record._id)
    return payload
  }

  app.decorateRequest(kKey, null)
  app.decorateRequest(kClaim, null)
  app.decorateRequest(kOutcome, null)
  app.decorateRequest('claimedKey', {
    getter () {
      const claim = this[kClaim]
      return claim && { key: claim.record.request, newId: claim.record.newId, retried: claim.retried }
    }
  })
  app.addHook('onRoute', (route) => {
    if (route.config?.idempotencyKey === undefined) return
    // A header that can't be read is 400, which comes before what is wrong with a body.
    route.preValidation = [readKey, ...[route.preValidation ?? []].flat()]
    route.preHandler = [...[route.preHandler ?? []].flat(), async (request: FastifyRequest, reply: FastifyReply) => {
      const key = request[kKey]
      if (key !== null) await begin(request, reply, key)
    }]
    route.onError = [...[route.onError ?? []].flat(), (request, _reply, error, next) => {
      if (isProblemError(error)) request[kOutcome] = error.members.outcome
      next()
    }]
    route.onSend = [...[route.onSend ?? []].flat(), async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
      const claim = request[kClaim]
      return claim === null ? payload : await end(request, reply, claim, payload)
    }]
  })
  done()
}

/**
 * Idempotency-Key (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/) for the routes that say
 * `config.idempotencyKey`. The key is claimed before the handler runs; the handler's write carries `request.claimedKey` and is
 * not done where the document already names it. The same request again gets the first reply, with `Idempotency-Replayed: true`;
 * 409 while the first still runs, 422 for another request with the key. Only 2xx are kept.
 */
export const idempotencyKeyPlugin = fp(plugin, { name: 'noclobber-idempotency-key', fastify: '5.x' })
