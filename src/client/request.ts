import { sleep as realSleep } from './abortable.js'
import { errorOf, type Precondition } from './error-of.js'
import type { Problem } from './errors.js'
import { backoffMs, mayRepeat, outcomeOfAttempt, outcomeOfLast, retryAfterMs, type Backoff } from './retry.js'
import { isObject, versionIn, type VersionSource } from './version-source.js'

/** What is sent: one request, however often it takes. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly precondition?: Precondition
  readonly idempotencyKey?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** A reply of 2xx. */
export interface Reply {
  readonly headers: Headers
  /** The body, parsed; undefined where there is none. */
  readonly body: unknown
  readonly text: string
}

export interface SenderOptions {
  /** `fetch` unless given. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** Headers of every request, or what makes them anew for each attempt. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
  /** For `Authorization: Bearer`, or what gives it anew for each attempt. */
  readonly token?: string | (() => string | Promise<string>)
  /**
   * Whether the API honours Idempotency-Key; true unless given. With `false` a write is sent again only after a reply that says that
   * nothing was done.
   */
  readonly idempotency?: boolean
  /** How often one request is sent, at most; 10 unless given. */
  readonly attempts?: number
  /** How waits between two attempts of one request grow; from 200 ms to 5 s unless given. A Retry-After comes first. */
  readonly backoff?: Backoff
  /** How long one attempt may take, in ms; 30 000 unless given. */
  readonly timeoutMs?: number
  /** The longest Retry-After that is waited for, in ms; 60 000 unless given. */
  readonly maxRetryAfterMs?: number
  /** From 0 up to 1; `Math.random` unless given. */
  readonly random?: () => number
  /** Waits for that many ms; rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** Sends a request until there is a reply that settles it. Rejects with a `NoclobberError`, or the reason of the signal. */
export type Send = (request: ApiRequest) => Promise<Reply>

interface Answer extends Reply { readonly ok: boolean, readonly status: number | undefined, readonly cause?: unknown }

const lost = (detail: string, cause?: unknown): Answer => ({ ok: false, status: undefined, headers: new Headers(), body: { detail }, text: '', cause })

const read = async (response: Response): Promise<Answer> => {
  const { ok, status, headers } = response
  const text = await response.text()
  if (text === '') return { ok, status, headers, body: undefined, text }
  try {
    return { ok, status, headers, body: JSON.parse(text) as unknown, text }
  } catch (cause) {
    return ok ? lost('The reply is not JSON: something on the way answered', cause) : { ok, status, headers, body: undefined, text }
  }
}

/** 128 random bits. Not `crypto.randomUUID`, which browsers have on secure origins only. */
const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Makes what sends the requests of a client. `source` says where the version of the current document stands in a conflict. */
export const createSender = (source: VersionSource, options: SenderOptions): Send => {
  const {
    fetch = (url: string, init: RequestInit) => globalThis.fetch(url, init), headers = {}, token, idempotency = true, attempts = 10,
    backoff = { baseMs: 200, maxMs: 5_000 }, timeoutMs = 30_000, maxRetryAfterMs = 60_000, random = Math.random, sleep = realSleep
  } = options

  const headersNow = async (): Promise<Record<string, string>> => ({
    accept: 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${typeof token === 'string' ? token : await token()}` }),
    ...(typeof headers === 'function' ? await headers() : headers)
  })

  const attempt = async ({ method, url, body, headers, signal }: ApiRequest, key: string | undefined): Promise<Answer> => {
    const all = { ...await headersNow(), ...headers, ...(key !== undefined && { 'idempotency-key': `"${key}"` }) }
    signal?.throwIfAborted()
    const ended = new AbortController()
    const abort = (): void => ended.abort()
    const timer = setTimeout(abort, timeoutMs)
    signal?.addEventListener('abort', abort)
    try {
      return await read(await fetch(url, { method, headers: all, signal: ended.signal, ...(body !== undefined && { body }), ...(method === 'GET' && { cache: 'no-cache' }) }))
    } catch (cause) {
      signal?.throwIfAborted()
      return lost(ended.signal.aborted ? `No reply came within ${timeoutMs} ms` : 'The connection failed, or was lost before the reply was whole', cause)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  return async (request) => {
    const { method, precondition, signal } = request
    const isRead = method === 'GET'
    const key = isRead || !idempotency ? undefined : request.idempotencyKey ?? newKey()
    let maybeDone = request.idempotencyKey !== undefined
    for (let sent = 1; ; sent++) {
      const answer = await attempt(request, key)
      if (answer.ok) return answer
      const { status, headers, cause } = answer
      const body: Problem = isObject(answer.body) ? answer.body : { detail: answer.text.slice(0, 200) }
      const asked = retryAfterMs(headers.get('retry-after'), Date.now())
      if (sent >= attempts || (asked ?? 0) > maxRetryAfterMs || !mayRepeat({ status, body }, isRead || key !== undefined)) {
        const version = versionIn(source, body.current, headers) ?? ('field' in source ? currentVersion(body) : undefined)
        throw errorOf({ body, status, cause, version, ...(!isRead && { outcome: outcomeOfLast({ status, body }, maybeDone), idempotencyKey: key }) }, precondition)
      }
      maybeDone ||= outcomeOfAttempt({ status, body }) === 'unknown'
      await sleep((asked ?? 0) + backoffMs(sent, backoff, random), signal)
    }
  }
}

const currentVersion = ({ currentVersion }: Problem): number | undefined => typeof currentVersion === 'number' ? currentVersion : undefined
