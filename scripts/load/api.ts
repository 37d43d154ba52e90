import { Pool, type Dispatcher } from 'undici'
import type { Version } from './finding.js'
import { LoadError } from './load-error.js'
import type { ApiOptions } from './options.js'

/** A document as it was read. */
export interface Reading {
  readonly version: Version
  /** The field that edits change, with LF line ends and one at the end. */
  readonly text: string
  /** All members of the document. */
  readonly members: Readonly<Record<string, unknown>>
}

/** What came back, whatever it was. */
export interface Answer {
  readonly status: number
  readonly version: Version | undefined
  readonly body: Readonly<Record<string, unknown>> | undefined
  /** The sentence that an error carries, for a line that says what went wrong. */
  readonly detail: string
}

/**
 * The reply to a write.
 * - `acknowledged`: any 2xx. `reading` where it shows the document.
 * - `refused`: 409 or 412. `current` where it shows the document as it is.
 * - `not-applied`: the API says that nothing was written and that it may be tried again (429; 503 with `outcome: "not-applied"`).
 * - `unknown`: no answer, or a 5xx.
 * - `wrong`: any other status: the request itself does not fit the API.
 */
export type WriteReply =
  | { readonly kind: 'acknowledged', readonly version: Version | undefined, readonly reading: Reading | undefined }
  | { readonly kind: 'refused', readonly current: Reading | undefined }
  | { readonly kind: 'not-applied' }
  | { readonly kind: 'unknown', readonly why: string }
  | { readonly kind: 'wrong', readonly answer: Answer }

export type ReadReply =
  | { readonly kind: 'reading', readonly reading: Reading }
  | { readonly kind: 'no-answer', readonly why: string }
  | { readonly kind: 'wrong', readonly answer: Answer }

/** One API over keep-alive connections, one for each editor. */
export interface Api {
  /** Creates a document; gives its id. Throws LoadError. */
  readonly create: (text: string) => Promise<string>
  readonly read: (id: string) => Promise<ReadReply>
  /** Writes `text` in the document that was read; `merge` asks the server to merge where versions differ. */
  readonly write: (id: string, change: { readonly base: Reading, readonly text: string, readonly merge: boolean }) => Promise<WriteReply>
  /** The collection. */
  readonly url: URL
  /** What a reply with a document shows; its `etag` is that of its header. */
  readonly readingOf: (document: unknown, etag: string | undefined) => Reading | undefined
  readonly close: () => Promise<void>
}

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The version that a field or an entity-tag names. */
export const toVersion = (key: string): Version => {
  const number = /^\d{1,15}$/.test(key) ? Number(key) : undefined
  return { key, tag: `"${key}"`, number }
}

/** The version in a field, or in a strong entity-tag: only that may stand in If-Match (RFC 9110 section 8.8.1). */
const versionOf = (etag: string | undefined, body: Record<string, unknown> | undefined, field: string | undefined): Version | undefined => {
  if (field === undefined) {
    const opaque = /^"([^"]*)"$/.exec(etag ?? '')?.[1]
    return opaque === undefined ? undefined : toVersion(opaque)
  }
  const value = body?.[field]
  return typeof value === 'number' || typeof value === 'string' ? toVersion(String(value)) : undefined
}

/** `url` is the collection; `connections` how many requests may be on their way at once. */
export const connectApi = (url: URL, options: ApiOptions, connections: number): Api => {
  const { field, versionField, versionIn, method, timeoutMs } = options
  const pool = new Pool(url.origin, { connections, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connect: { timeout: timeoutMs } })
  const collection = url.pathname.replace(/\/+$/, '')
  const pathOf = (id: string) => `${collection}/${encodeURIComponent(id)}${url.search}`

  const request = async (verb: Dispatcher.HttpMethod, path: string, headers: Record<string, string>, content?: unknown) => {
    const response = await pool.request({
      method: verb,
      path,
      headers: content === undefined ? { ...options.headers, ...headers } : { 'content-type': 'application/json', ...options.headers, ...headers },
      body: content === undefined ? null : JSON.stringify(content)
    })
    const { statusCode: status, headers: { etag, location } } = response
    const body = parse(await response.body.text())
    const tag = typeof etag === 'string' ? etag : undefined
    const said = body?.detail ?? body?.message ?? body?.error
    const answer: Answer = { status, body, version: versionOf(tag, body, versionField), detail: typeof said === 'string' ? said : '' }
    return { answer, tag, location: typeof location === 'string' ? location : undefined }
  }

  const toReading = (document: unknown, version: Version | undefined): Reading | undefined => {
    if (!isObject(document) || version === undefined) return undefined
    const text = document[field]
    if (typeof text !== 'string') return undefined
    const lines = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
    return { version, members: document, text: lines.endsWith('\n') ? lines : `${lines}\n` }
  }

  const currentOf = (body: Answer['body'], tag: string | undefined): Reading | undefined => {
    if (!isObject(body?.current)) return undefined
    const { currentVersion } = body
    const named = typeof currentVersion === 'number' ? toVersion(String(currentVersion)) : undefined
    return toReading(body.current, versionOf(tag, body.current, versionField) ?? named)
  }

  const contentOf = (base: Reading, text: string): Record<string, unknown> => {
    if (method === 'PATCH') return versionIn === 'header' || versionField === undefined ? { [field]: text } : { [field]: text, [versionField]: base.members[versionField] }
    const content: Record<string, unknown> = { ...base.members, [field]: text }
    if (versionIn !== 'header' || versionField === undefined) return content
    return Object.fromEntries(Object.entries(content).filter(([name]) => name !== versionField))
  }

  return {
    url,
    readingOf: (document, etag) => toReading(document, versionOf(etag, isObject(document) ? document : undefined, versionField)),

    async create(text) {
      const { answer: { status, body, detail }, location } = await request('POST', `${collection}${url.search}`, {}, { ...options.create, [field]: text }).catch((error: unknown) => {
        throw new LoadError(`${url.href} does not answer (${reasonOf(error)}): give the --url of an API that is running`)
      })
      if (status < 200 || status > 299) {
        throw new LoadError(`POST ${url.href} was answered ${status}${detail && `, ${detail}`}: give the collection in --url, and with --create and --header what it needs`)
      }
      const id = body?.id ?? body?._id ?? location?.split('/').at(-1)
      if (typeof id !== 'string' && typeof id !== 'number') throw new LoadError(`POST ${url.href}: its reply has neither id, _id nor Location, so the document can't be found again`)
      return String(id)
    },

    async read(id) {
      try {
        const { answer } = await request('GET', pathOf(id), {})
        if (answer.status === 429 || answer.status >= 500) return { kind: 'no-answer', why: `status ${answer.status}` }
        const reading = answer.status === 200 ? toReading(answer.body, answer.version) : undefined
        return reading === undefined ? { kind: 'wrong', answer } : { kind: 'reading', reading }
      } catch (error) {
        return { kind: 'no-answer', why: reasonOf(error) }
      }
    },

    async write(id, { base, text, merge }) {
      const headers: Record<string, string> = versionIn === 'body' ? {} : { 'if-match': base.version.tag }
      if (merge) headers.prefer = 'conflict=merge'
      try {
        const { answer, tag } = await request(method, pathOf(id), headers, contentOf(base, text))
        const { status, body, version } = answer
        if (status >= 200 && status < 300) return { kind: 'acknowledged', version, reading: toReading(body, version) }
        if (status === 409 || status === 412) return { kind: 'refused', current: currentOf(body, tag) }
        if (status === 429 || (status === 503 && body?.outcome === 'not-applied')) return { kind: 'not-applied' }
        return status >= 500 ? { kind: 'unknown', why: `status ${status}` } : { kind: 'wrong', answer }
      } catch (error) {
        return { kind: 'unknown', why: reasonOf(error) }
      }
    },

    close: () => pool.close()
  }
}

const parse = (text: string): Record<string, unknown> | undefined => {
  if (text === '') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' && code !== '' ? code : error.message
}
