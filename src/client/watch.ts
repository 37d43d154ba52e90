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

/** Who else is in a document: told at first, and whenever somebody comes or goes. */
export interface Presence {
  readonly kind: 'presence'
  /** The document. */
  readonly id: string
  /** Their names, in order. */
  readonly others: readonly string[]
  /** How many there are whose names are left out, since there are too many. */
  readonly more: number
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
  /** Is given each id to begin after another time, once you have handled the event that it is of. */
  readonly onId?: (id: string) => void
}

/** One who watches a document, and lets those who are in it know. */
export interface NamedQuery extends WatchQuery {
  /** The name that they are told, 1 to 64 characters; where there is sign-in it is the `sub`, whatever this says. */
  readonly as: string
}

/** One who watches all documents, and is in one of them. */
export interface NamedQueryOfAll extends NamedQuery {
  /** The id of that document. */
  readonly in: string
}

type AnyQuery = WatchQuery & Partial<NamedQueryOfAll>

export interface Watcher {
  /** The changes of one document, and who else is in it. Throws a `NoclobberError` for what another try would not mend. */
  watch (id: string, query: NamedQuery): AsyncGenerator<WatchEvent | Presence, never, undefined>
  /** The changes of one document. Throws a `NoclobberError` for what another try would not mend. */
  watch (id: string, query?: WatchQuery): AsyncGenerator<WatchEvent, never, undefined>
  /** The changes of all documents of the collection, and who else is in the one. Throws as `watch`. */
  watchAll (query: NamedQueryOfAll): AsyncGenerator<WatchEvent | Presence, never, undefined>
  /** The changes of all documents of the collection. Throws as `watch`. */
  watchAll (query?: WatchQuery): AsyncGenerator<WatchEvent, never, undefined>
}

/** The query of a URL, from what of it there is, encoded. */
const queryOf = (parameters: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(parameters).flatMap(([name, value]) => value === undefined ? [] : [`${name}=${value}`])
  return given.length === 0 ? '' : `?${given.join('&')}`
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

const isTold = (value: unknown): value is WatchEvent | Presence => isObject(value) && typeof value.kind === 'string'
const isChange = (value: unknown): value is WatchEvent => isTold(value) && value.kind !== 'presence'

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

  const note = (event: WatchEvent | Presence, watched: string | undefined): void => {
    if (event.kind === 'presence') return
    const id = event.kind === 'resync' ? watched : event.id
    if (id === undefined || client === undefined) return
    const known = client.versionOf(id)
    if (event.kind === 'resync' || (typeof known === 'number' && known < event.version)) client.forget(id)
  }

  async function * events<E extends WatchEvent | Presence> (watched: string | undefined, { signal, fields, after: begin, onId, as, in: place }: AnyQuery, isEvent: (value: unknown) => value is E): AsyncGenerator<E, never, undefined> {
    const url = `${collection}${watched === undefined ? '' : `/${encodeURIComponent(watched)}`}/events${queryOf({ fields: fields?.map(encodeURIComponent).join(','), as: as && encodeURIComponent(as), in: place })}`
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
              if (isEvent(event)) {
                note(event, watched)
                yield event
              }
              if (id !== undefined) onId?.(id)
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

  function watch (id: string, query: NamedQuery): AsyncGenerator<WatchEvent | Presence, never, undefined>
  function watch (id: string, query?: WatchQuery): AsyncGenerator<WatchEvent, never, undefined>
  function watch (id: string, query: AnyQuery = {}): AsyncGenerator<WatchEvent | Presence, never, undefined> {
    return query.as === undefined ? events(id, query, isChange) : events(id, query, isTold)
  }
  function watchAll (query: NamedQueryOfAll): AsyncGenerator<WatchEvent | Presence, never, undefined>
  function watchAll (query?: WatchQuery): AsyncGenerator<WatchEvent, never, undefined>
  function watchAll (query: AnyQuery = {}): AsyncGenerator<WatchEvent | Presence, never, undefined> {
    return query.as === undefined ? events(undefined, query, isChange) : events(undefined, query, isTold)
  }
  return { watch, watchAll }
}
