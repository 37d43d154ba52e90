import { Pool } from 'undici'
import type { Random } from '../load/random.js'
import type { Call, WriteCall } from './history.js'
import type { Reply } from './replies.js'

/** A request to one of the instances. */
export interface Request {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>> | undefined
}

/** How an answer came about, for the check of how long answers take. Times are in ms since the run began. */
export interface Exchange {
  readonly request: string
  readonly instance: number
  readonly start: number
  readonly end: number
  /** Undefined where no answer came in time, or the connection was closed. */
  readonly status: number | undefined
  readonly outcome: string | undefined
}

export interface Api {
  /** The reply of an instance; undefined where the connection closed, or nothing came for 12 s. */
  ask(instance: number, request: Request): Promise<Reply | undefined>
  /** One of the instances, by a drawn number; another one where that gave no answer a moment ago. */
  pick(random: Random): number
  readonly instances: number
  close(): Promise<void>
}

const withinMs = 12_000
/** An instance that gave no answer is left alone for so long, in ms. */
const avoidedMs = 400

const readBody = (text: string): Readonly<Record<string, unknown>> => {
  if (text === '') return {}
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Speaks HTTP to instances by their URLs. `noted` is told of each exchange; a request is sent once only. */
export const createApi = (urls: readonly string[], connections: number, clock: () => number, noted: (exchange: Exchange) => void): Api => {
  const pools = urls.map((url) => new Pool(url, { connections, pipelining: 1, keepAliveTimeout: 60_000, connectTimeout: 3_000, headersTimeout: 0, bodyTimeout: 0 }))
  const silentSince = urls.map(() => -Infinity)
  const pick = (random: Random): number => {
    const drawn = random.int(urls.length)
    const heard = urls.map((_, i) => (drawn + i) % urls.length).find((instance) => clock() - (silentSince[instance] ?? 0) > avoidedMs)
    return heard ?? drawn
  }
  const ask = async (instance: number, { method, path, headers, body }: Request): Promise<Reply | undefined> => {
    const start = clock()
    let reply: Reply | undefined
    try {
      const response = await pools[instance]?.request({
        method, path, signal: AbortSignal.timeout(withinMs),
        headers: { ...headers, ...(body !== undefined && { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) })
      })
      if (response !== undefined) {
        const text = await response.body.text()
        const { etag } = response.headers
        reply = { status: response.statusCode, etag: typeof etag === 'string' ? etag : undefined, replayed: response.headers['idempotency-replayed'] === 'true', body: readBody(text) }
      }
    } catch {
      // No answer, or half of one.
    }
    if (reply === undefined) silentSince[instance] = clock()
    noted({ request: `${method} ${path}`, instance, start, end: clock(), status: reply?.status, outcome: typeof reply?.body.outcome === 'string' ? reply.body.outcome : undefined })
    return reply
  }
  return { ask, pick, instances: urls.length, close: async () => { await Promise.all(pools.map((pool) => pool.destroy())) } }
}

const conditionHeaders = ({ condition }: WriteCall): Record<string, string> => {
  if (condition.kind === 'absent') return { 'if-none-match': '*' }
  return { 'if-match': condition.kind === 'any' ? '*' : condition.versions.map((version) => `"${version}"`).join(', ') }
}

const methods = { create: 'PUT', put: 'PUT', patch: 'PATCH', delete: 'DELETE', publish: 'POST', unpublish: 'POST' } as const

/** The request that makes a call. `body` stands for the text of the call, where that is told by its digest. */
export const requestOf = (document: string, call: Call, body?: string): Request => {
  const path = `/api/articles/${document}`
  if (call.kind === 'read') return { method: 'GET', path, headers: call.ifNoneMatch === undefined ? {} : { 'if-none-match': `"${call.ifNoneMatch}"` } }
  const isTransition = call.verb === 'publish' || call.verb === 'unpublish'
  const text = body ?? call.body
  return {
    method: methods[call.verb],
    path: isTransition ? `${path}/${call.verb}` : path,
    headers: {
      ...(!(isTransition && call.condition.kind === 'any') && conditionHeaders(call)),
      ...(call.base !== undefined && { prefer: 'conflict=merge' }),
      ...(call.key !== undefined && { 'idempotency-key': `"${call.key}"` })
    },
    ...(!isTransition && call.verb !== 'delete' && { body: { ...(call.title !== undefined && { title: call.title }), ...(text !== undefined && { body: text }) } })
  }
}
