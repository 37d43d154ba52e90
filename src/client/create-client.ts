import { sleep as realSleep } from './abortable.js'
import type { Client, Revision } from './client.js'
import { runEdit, type ChangeDocument, type EditOptions, type Versioned } from './edit.js'
import { Gone, NoclobberError, PreconditionRequired, reportOf } from './errors.js'
import { createTurns } from './in-turn.js'
import { copyOf } from './json.js'
import { mergePatchOf } from './merge-patch.js'
import type { ClientOptions, CreateOptions, NewContent, WriteOptions } from './options.js'
import { eachItem, pageOf } from './pages.js'
import { RememberedVersions } from './remembered.js'
import { createSender, type ApiRequest, type Reply } from './request.js'
import { conflictBackoffMs } from './retry.js'
import { isObject, printIfMatch, versionIn, type Version } from './version-source.js'

const json = 'application/json'

const lastSegment = (url: string | null): string | undefined => {
  const segment = url?.replace(/[?#].*$/s, '').split('/').at(-1)
  try {
    return segment && decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** A write without a version isn't sent: it could overwrite what nobody has looked at. */
const unknownVersion = (id: string) =>
  new PreconditionRequired({ body: { detail: `No version of ${id} is known: get it first, or say which version this changes` }, outcome: 'not-applied' })

/**
 * A client of the collection at `options.url`. It knows which versions it has seen, names one in each change, sends a write again only
 * where that can't double it, and tells by the class of an error what happened.
 */
export const createClient = <T extends object, New extends object = NewContent<T>>(options: ClientOptions): Client<T, New> => {
  const { version: source = { field: 'version' }, idField = 'id', readOnly = ['id', 'version', 'createdAt', 'updatedAt'], remember = 500, edits: { attempts = 50, backoff = { baseMs: 5, maxMs: 3_000 } } = {}, random = Math.random, sleep = realSleep } = options
  const collection = String(options.url).replace(/(?<!\/)\/+$/, '')
  const setByApi = [...readOnly, idField, ...('field' in source ? [source.field] : [])]
  const send = createSender(source, options)
  const remembered = new RememberedVersions(remember)
  const inTurn = createTurns()
  const urlOf = (id: string): string => `${collection}/${encodeURIComponent(id)}`

  const idOf = (document: unknown): string | undefined => {
    const id = isObject(document) ? document[idField] : undefined
    return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
  }

  const read = async (id: string, signal: AbortSignal | undefined): Promise<{ readonly document: T, readonly version: Version | undefined }> => {
    const keep = remembered.reading()
    try {
      const { body, headers, text } = await send({ method: 'GET', url: urlOf(id), signal })
      const version = versionIn(source, body, headers)
      keep(id, version, text)
      return { document: body as T, version }
    } catch (error) {
      if (error instanceof Gone) keep(id, error.version, undefined)
      throw error
    }
  }

  const readVersioned = async (id: string, signal: AbortSignal | undefined): Promise<Versioned<T>> => {
    const { document, version } = await read(id, signal)
    if (version === undefined) throw unknownVersion(id)
    return { document, version }
  }

  /**
   * The document that a write has stored; read, where the reply doesn't hold it. Only a reply whose Content-Location names the
   * document is a representation of it (RFC 9110 section 8.7), and may be the base of an edit.
   */
  const stored = async (id: string, { body, headers, text }: Reply, signal: AbortSignal | undefined): Promise<T> => {
    const whole = lastSegment(headers.get('content-location')) === id
    remembered.wrote(id, versionIn(source, body, headers), isObject(body) && whole ? text : undefined)
    if (isObject(body)) return body as T
    try {
      return (await read(id, signal)).document
    } catch (error) {
      if (error instanceof NoclobberError) error.outcome = 'applied'
      throw error
    }
  }

  /** The version that a write names. */
  const baseVersion = (id: string, version: Version | undefined, document?: object): Version => {
    const inDocument = document && 'field' in source ? versionIn(source, document, new Headers()) : undefined
    const named = version ?? inDocument ?? remembered.get(id)?.version
    if (named === undefined) throw unknownVersion(id)
    return named
  }

  const write = async (id: string, request: Omit<ApiRequest, 'url' | 'signal'> & { readonly path?: string, readonly mediaType?: string }, version: Version | undefined, { merge, idempotencyKey, signal }: WriteOptions): Promise<Reply> => {
    const { path = '', mediaType, ...rest } = request
    const headers = {
      ...(mediaType !== undefined && { 'content-type': mediaType }),
      ...(version !== undefined && { 'if-match': printIfMatch(source, version) }),
      ...(merge === true && { prefer: 'conflict=merge' })
    }
    return await send({ ...rest, url: `${urlOf(id)}${path}`, headers, idempotencyKey, signal, ...(version !== undefined && { precondition: 'version' }) })
  }

  const putAs = async (id: string, document: object, version: Version, options: WriteOptions): Promise<T> => {
    const { field } = 'field' in source ? source : { field: undefined }
    const body = Object.entries(document).flatMap(([name, value]: [string, unknown]) => name !== field ? [[name, value]] : version === '*' ? [] : [[name, version]])
    return await stored(id, await write(id, { method: 'PUT', body: JSON.stringify(Object.fromEntries(body)), mediaType: json }, version, options), options.signal)
  }

  const patchAs = async (id: string, patch: object, version: Version, options: WriteOptions): Promise<T> => {
    const mediaType = Array.isArray(patch) ? 'application/json-patch+json' : 'application/merge-patch+json'
    return await stored(id, await write(id, { method: 'PATCH', body: JSON.stringify(patch), mediaType }, version, options), options.signal)
  }

  const create = async (content: New, { id, idempotencyKey, signal }: CreateOptions): Promise<T> => {
    const request = { body: JSON.stringify(content), idempotencyKey, signal }
    const headers = { 'content-type': json }
    const reply = id === undefined
      ? await send({ ...request, method: 'POST', url: collection, headers })
      : await send({ ...request, method: 'PUT', url: urlOf(id), headers: { ...headers, 'if-none-match': '*' }, precondition: 'absent' })
    const newId = id ?? idOf(reply.body) ?? lastSegment(reply.headers.get('location'))
    if (newId !== undefined) return await stored(newId, reply, signal)
    if (isObject(reply.body)) return reply.body as T
    throw new NoclobberError({ body: { detail: 'It is stored, but the reply does not say under which id' }, outcome: 'applied' })
  }

  const start = async (id: string, { base, version, signal }: EditOptions<T>): Promise<Versioned<T>> => {
    if (base !== undefined) return { document: base, version: baseVersion(id, version, base) }
    const known = remembered.get(id)
    return known?.text === undefined ? await readVersioned(id, signal) : { document: JSON.parse(known.text) as T, version: known.version }
  }

  const edit = async (id: string, change: ChangeDocument<T>, options: EditOptions<T>): Promise<T> => {
    const { signal } = options
    return await runEdit<T>({
      attempts,
      readOnly: setByApi,
      start: () => start(id, options),
      write: async (yours, { document, version }, mustMerge) => {
        const merge = mustMerge || options.merge
        const patch = options.send === 'merge-patch' ? mergePatchOf(document, yours, setByApi) : undefined
        return patch === undefined ? await putAs(id, yours, version, { merge, signal }) : await patchAs(id, patch, version, { merge, signal })
      },
      latest: async (conflict) => {
        const { current } = reportOf(conflict)
        return current === undefined || conflict.version === undefined ? await readVersioned(id, signal) : { document: current, version: conflict.version }
      },
      pause: (wait, tookMs) => sleep(conflictBackoffMs(wait, tookMs, backoff, random), signal)
    }, change, options)
  }

  return {
    get: async (id, { signal } = {}) => (await read(id, signal)).document,
    create: async (content, options = {}) => options.id === undefined ? await create(content, options) : await inTurn(options.id, () => create(content, options), options.signal),
    put: async (id, document, options = {}) => {
      const yours = copyOf(document)
      return await inTurn(id, async () => await putAs(id, yours, baseVersion(id, options.version, yours), options), options.signal)
    },
    patch: async (id, patch, options = {}) => {
      const yours = copyOf(patch)
      return await inTurn(id, async () => await patchAs(id, yours, baseVersion(id, options.version), options), options.signal)
    },
    delete: (id, options = {}) => inTurn(id, async () => {
      const { headers } = await write(id, { method: 'DELETE' }, baseVersion(id, options.version), options)
      remembered.wrote(id, versionIn(source, undefined, headers), undefined)
    }, options.signal),
    transition: (id, name, options = {}) => inTurn(id, async () =>
      await stored(id, await write(id, { method: 'POST', path: `/${encodeURIComponent(name)}` }, options.version, options), options.signal), options.signal),
    edit: (id, change, options = {}) => inTurn(id, () => edit(id, change, options), options.signal),
    list: (query = {}, { signal } = {}) => eachItem<T>(async (parameters) => {
      const keep = remembered.reading()
      const page = pageOf<T>((await send({ method: 'GET', url: `${collection}${parameters}`, signal })).body)
      // Only their versions: the items of a list may be a part of the document.
      for (const item of page.items) {
        const [id, version] = [idOf(item), versionIn(source, item, new Headers())]
        if (id !== undefined && version !== undefined) keep(id, version, undefined)
      }
      return page
    }, query),
    revisions: (id, { signal } = {}) => eachItem(async (parameters) => pageOf<Revision>((await send({ method: 'GET', url: `${urlOf(id)}/revisions${parameters}`, signal })).body), {}),
    revision: async (id, version, { signal } = {}) => (await send({ method: 'GET', url: `${urlOf(id)}/revisions/${version}`, signal })).body as T,
    restore: (id, version, options = {}) => inTurn(id, async () =>
      await stored(id, await write(id, { method: 'POST', path: `/revisions/${version}/restore` }, baseVersion(id, options.version), options), options.signal), options.signal),
    versionOf: (id) => remembered.get(id)?.version,
    forget: (id) => remembered.wrote(id, undefined, undefined)
  }
}
