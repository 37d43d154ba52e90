/**
 * Changes of documents as they happen: an entry of its own, so that who doesn't watch doesn't load it.
 * @module
 */
import { sleep as realSleep } from './abortable.js'
import type { Client } from './client.js'
import { errorOf } from './error-of.js'
import { NoclobberError } from './errors.js'
import type { SenderOptions } from './request.js'
import { backoffMs, mayRepeat, retryAfterMs } from './retry.js'
import { isObject } from './version-source.js'

/** What happened to a document. */
export interface DocumentEvent {
  readonly kind: 'created' | 'updated' | 'deleted'
  readonly id: string
  readonly version: number
  /** JSON Pointers of what changed; the empty one is the whole document. */
  readonly changed: readonly string[]
  /** ISO 8601, UTC. */
  readonly at: string
  readonly by?: string
}

/** Events may have been missed: read again what you show. */
export interface Resync {
  readonly kind: 'resync'
  readonly reason: string
}

export type WatchEvent = DocumentEvent | Resync

export interface WatchOptions extends Pick<SenderOptions, 'fetch' | 'headers' | 'token' | 'backoff' | 'random' | 'sleep'> {
  /** URL of the collection, such as `https://example.com/api/articles`; in a browser also `/api/articles`. */
  readonly url: string | URL
  /**
   * The client that edits these documents. When an event tells of a version that it hasn't seen, it forgets what it knows of the
   * document, so that its next `edit` starts from what is stored, rather than from a conflict.
   */
  readonly client?: Pick<Client<object>, 'versionOf' | 'forget'>
  /** After how long without a byte the connection is taken for lost, in ms; 40 000 unless given. The service sends a comment every 15 s. */
  readonly silenceMs?: number
}

export interface WatchQuery {
  /** Ends the iteration; it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Only updates that change one of these members, and every creation and delete. */
  readonly fields?: readonly string[]
  /** The id of the event after which to begin; from now on unless given. */
  readonly after?: string
}

export interface Watcher {
  /** The changes of one document. Throws a `NoclobberError` for what another try would not mend. */
  watch (id: string, query?: WatchQuery): AsyncGenerator<WatchEvent, never, undefined>
  /** The changes of all documents of the collection. Throws as `watch`. */
  watchAll (query?: WatchQuery): AsyncGenerator<WatchEvent, never, undefined>
}

/** One block of an event stream: the id to come again with, and the data of an event. */
const readBlock = (block: string): { readonly id?: string, readonly data?: string } => {
  const read: { id?: string, data?: string } = {}
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(id|data): ?(.*)$/.exec(line) ?? []
    if (name === 'id') read.id = value
    if (name === 'data') read.data = value
  }
  return read
}

const isEvent = (value: unknown): value is WatchEvent => isObject(value) && typeof value.kind === 'string'

/**
 * Watches the collection at `options.url` over `fetch`. An iteration goes on over lost connections and restarts of the service: it
 * comes again with the last id, so that nothing is missed and nothing comes twice; where that can't be, a `resync` says so.
 */
export const createWatcher = (options: WatchOptions): Watcher => {
  const { fetch = (url: string, init: RequestInit) => globalThis.fetch(url, init), headers = {}, token, backoff = { baseMs: 200, maxMs: 5_000 }, random = Math.random, sleep = realSleep, silenceMs = 40_000, client } = options
  const collection = String(options.url).replace(/(?<!\/)\/+$/, '')

  const headersNow = async (after: string | undefined): Promise<Record<string, string>> => ({
    accept: 'text/event-stream',
    ...(token !== undefined && { authorization: `Bearer ${typeof token === 'string' ? token : await token()}` }),
    ...(after !== undefined && { 'last-event-id': after }),
    ...(typeof headers === 'function' ? await headers() : headers)
  })

  const note = (event: WatchEvent, watched: string | undefined): void => {
    const id = event.kind === 'resync' ? watched : event.id
    if (id === undefined || client === undefined) return
    const known = client.versionOf(id)
    if (event.kind === 'resync' || (typeof known === 'number' && known < event.version)) client.forget(id)
  }

  async function * events (watched: string | undefined, { signal, fields, after: begin }: WatchQuery): AsyncGenerator<WatchEvent, never, undefined> {
    const url = `${collection}${watched === undefined ? '' : `/${encodeURIComponent(watched)}`}/events${fields === undefined ? '' : `?fields=${fields.map(encodeURIComponent).join(',')}`}`
    let after = begin
    for (let failed = 1; ; failed++) {
      const ended = new AbortController()
      const abort = (): void => ended.abort()
      let timer = setTimeout(abort, silenceMs)
      let asked = 0
      signal?.addEventListener('abort', abort)
      try {
        signal?.throwIfAborted()
        const response = await fetch(url, { headers: await headersNow(after), signal: ended.signal, cache: 'no-store' })
        if (!response.ok || response.body === null) {
          const body: unknown = await response.json().catch(() => ({}))
          const refused = { status: response.status, body: isObject(body) ? body : {} }
          if (!mayRepeat(refused, true)) throw errorOf(refused, undefined)
          asked = retryAfterMs(response.headers.get('retry-after'), Date.now()) ?? 0
        } else {
          const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
          let text = ''
          for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
            clearTimeout(timer)
            const blocks = (text + chunk.value).split('\n\n')
            text = blocks.pop() ?? ''
            for (const { id, data } of blocks.map(readBlock)) {
              const event: unknown = data === undefined ? undefined : JSON.parse(data)
              // Who is told of an event has it: what comes next begins after it.
              after = id ?? after
              failed = 1
              if (!isEvent(event)) continue
              note(event, watched)
              yield event
            }
            timer = setTimeout(abort, silenceMs)
          }
        }
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof NoclobberError) throw error
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        ended.abort()
      }
      await sleep(asked + backoffMs(failed, backoff, random), signal)
    }
  }

  return {
    watch: (id, query = {}) => events(id, query),
    watchAll: (query = {}) => events(undefined, query)
  }
}
