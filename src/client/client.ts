import { sleep as realSleep } from './abortable.js'
import { runEdit, type ChangeDocument, type EditOptions, type Versioned } from './edit.js'
import { Gone, NoclobberError, PreconditionRequired } from './errors.js'
import { createTurns } from './in-turn.js'
import type { JsonPatchOperation } from './json-patch-operation.js'
import { mergePatchOf, type MergePatch } from './merge-patch.js'
import type { ClientOptions, CreateOptions, NewContent, ReadOptions, ServiceField, WriteOptions } from './options.js'
import { eachItem, type Query } from './pages.js'
import { RememberedVersions } from './remembered.js'
import { createSender, type ApiRequest, type Reply } from './request.js'
import { backoffMs } from './retry.js'
import { isObject, printIfMatch, versionIn, type Version } from './version-source.js'

/** One version of a document in its history. */
export interface Revision {
  readonly version: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly by?: string
  readonly kind: string
}

/**
 * A client of one collection. Every method rejects with a `NoclobberError`, or the reason of its signal. Writes of one document are
 * sent one after the other, in the order of the calls.
 */
export interface Client<T extends object, New extends object> {
  /** The document as it is stored now. */
  get (id: string, options?: ReadOptions): Promise<T>
  /** Stores a new document. @throws AlreadyExists where `options.id` holds one, DuplicateKey, Invalid */
  create (content: New, options?: CreateOptions): Promise<T>
  /** Replaces a document with one that was read and changed. @throws VersionConflict, PreconditionRequired where no version is known */
  put (id: string, document: New & Partial<Pick<T, ServiceField & keyof T>>, options?: WriteOptions): Promise<T>
  /** Changes a document by a merge patch (RFC 7396), or if it is an array by a JSON Patch (RFC 6902). @throws as `put`, PatchTestFailed */
  patch (id: string, patch: MergePatch<T> | readonly JsonPatchOperation[], options?: WriteOptions): Promise<T>
  /** Deletes a document. @throws as `put` */
  delete (id: string, options?: Omit<WriteOptions, 'merge'>): Promise<void>
  /** Makes a transition; the state guards it, and the version too where `options.version` names one. @throws StateConflict */
  transition (id: string, name: string, options?: WriteOptions): Promise<T>
  /** Reads, changes and writes a document, and does it again where others came first, until it is stored. Gives what is stored. */
  edit (id: string, change: ChangeDocument<T>, options?: EditOptions<T>): Promise<T>
  /** The documents, page by page as they are needed. */
  list (query?: Query, options?: ReadOptions): AsyncGenerator<T, void, undefined>
  /** The versions of a document that are kept, the latest first. */
  revisions (id: string, options?: ReadOptions): AsyncGenerator<Revision, void, undefined>
  /** A document as it was at a version. @throws NotFound where it is no longer kept, Gone for the version of a delete */
  revision (id: string, version: number, options?: ReadOptions): Promise<T>
  /** Makes an old version the newest; also of a document that was deleted. @throws as `put` */
  restore (id: string, version: number, options?: WriteOptions): Promise<T>
  /** The latest version of a document that this client has seen. */
  versionOf (id: string): Version | undefined
}

const json = 'application/json'

/**
 * A client of the collection at `options.url`. It knows which versions it has seen, names one in each change, sends a write again only
 * where that can't double it, and tells by the class of an error what happened.
 */
export const createClient = <T extends object, New extends object = NewContent<T>>(options: ClientOptions): Client<T, New> => {
  const { version: source = { field: 'version' }, idField = 'id', readOnly = ['id', 'version', 'createdAt', 'updatedAt'], remember = 500, edits: { attempts = 30, backoff = { baseMs: 10, maxMs: 1_000 } } = {}, random = Math.random, sleep = realSleep } = options
  const collection = String(options.url).replace(/\/+$/, '')
  const setByApi = [...readOnly, idField, ...('field' in source ? [source.field] : [])]
  const send = createSender(source, options)
  const remembered = new RememberedVersions(remember)
  const inTurn = createTurns()
  const urlOf = (id: string): string => `${collection}/${encodeURIComponent(id)}`

  const read = async (id: string, signal: AbortSignal | undefined): Promise<Versioned<T>> => {
    const keep = remembered.reading()
    try {
      const { body, headers, text } = await send({ method: 'GET', url: urlOf(id), signal })
      const version = versionIn(source, body, headers)
      keep(id, version, text)
      return { document: body as T, version: version ?? '' }
    } catch (error) {
      if (error instanceof Gone) keep(id, error.version, undefined)
      throw error
    }
  }

  /** The document that a write has stored; read, where the reply doesn't hold it. */
  const stored = async (id: string, { body, headers, text }: Reply, signal: AbortSignal | undefined): Promise<T> => {
    remembered.wrote(id, versionIn(source, body, headers), isObject(body) ? text : undefined)
    if (isObject(body)) return body as T
    try {
      return (await read(id, signal)).document
    } catch (error) {
      throw error instanceof NoclobberError ? error.withOutcome('applied') : error
    }
  }

  /** The version that a write names. Without one it isn't sent: it could overwrite what nobody has looked at. */
  const baseVersion = (id: string, version: Version | undefined, document?: object): Version => {
    const inDocument = document && 'field' in source ? versionIn(source, document, new Headers()) : undefined
    const named = version ?? inDocument ?? remembered.get(id)?.version
    if (named === undefined) throw new PreconditionRequired({ body: { detail: `No version of ${id} is known: get it first, or say which version this changes` }, outcome: 'not-applied' })
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
    const member = isObject(reply.body) ? reply.body[idField] : undefined
    const located = reply.headers.get('location')?.replace(/[?#].*$/s, '').split('/').at(-1)
    const newId = id ?? (typeof member === 'string' ? member : typeof member === 'number' ? String(member) : located && decodeURIComponent(located))
    if (newId !== undefined) return await stored(newId, reply, signal)
    if (isObject(reply.body)) return reply.body as T
    throw new NoclobberError({ body: { detail: 'It is stored, but the reply does not say under which id' }, outcome: 'applied' })
  }

  const start = async (id: string, { base, version, signal }: EditOptions<T>): Promise<Versioned<T>> => {
    if (base !== undefined) return { document: base, version: baseVersion(id, version, base) }
    const known = remembered.get(id)
    return known?.text === undefined ? await read(id, signal) : { document: JSON.parse(known.text) as T, version: known.version }
  }

  const edit = async (id: string, change: ChangeDocument<T>, options: EditOptions<T>): Promise<T> => {
    const { signal, merge } = options
    return await runEdit<T>({
      attempts,
      readOnly: setByApi,
      start: () => start(id, options),
      write: async (yours, { document, version }) => {
        const patch = options.send === 'merge-patch' ? mergePatchOf({ ...document }, { ...yours }, setByApi) : undefined
        return patch === undefined ? await putAs(id, yours, version, { merge, signal }) : await patchAs(id, patch, version, { merge, signal })
      },
      latest: async ({ body: { current }, version }) => current === undefined || version === undefined ? await read(id, signal) : { document: current, version },
      pause: (attempt) => sleep(backoffMs(attempt, backoff, random), signal)
    }, change, options)
  }

  return {
    get: async (id, { signal } = {}) => (await read(id, signal)).document,
    create: async (content, options = {}) => options.id === undefined ? await create(content, options) : await inTurn(options.id, () => create(content, options), options.signal),
    put: (id, document, options = {}) => inTurn(id, async () => await putAs(id, document, baseVersion(id, options.version, document), options), options.signal),
    patch: (id, patch, options = {}) => inTurn(id, async () => await patchAs(id, patch, baseVersion(id, options.version), options), options.signal),
    delete: (id, options = {}) => inTurn(id, async () => {
      const { headers } = await write(id, { method: 'DELETE' }, baseVersion(id, options.version), options)
      remembered.wrote(id, versionIn(source, undefined, headers), undefined)
    }, options.signal),
    transition: (id, name, options = {}) => inTurn(id, async () =>
      await stored(id, await write(id, { method: 'POST', path: `/${encodeURIComponent(name)}` }, options.version, options), options.signal), options.signal),
    edit: (id, change, options = {}) => inTurn(id, () => edit(id, change, options), options.signal),
    list: (query = {}, { signal } = {}) => eachItem<T>(async (parameters) => {
      const keep = remembered.reading()
      const { body } = await send({ method: 'GET', url: `${collection}${parameters}`, signal })
      return { body, each: (item: T) => keepItem(item, keep) }
    }, query),
    revisions: (id, { signal } = {}) => eachItem<Revision>(async (parameters) => (await send({ method: 'GET', url: `${urlOf(id)}/revisions${parameters}`, signal })).body, {}),
    revision: async (id, version, { signal } = {}) => (await send({ method: 'GET', url: `${urlOf(id)}/revisions/${version}`, signal })).body as T,
    restore: (id, version, options = {}) => inTurn(id, async () =>
      await stored(id, await write(id, { method: 'POST', path: `/revisions/${version}/restore` }, baseVersion(id, options.version), options), options.signal), options.signal),
    versionOf: (id) => remembered.get(id)?.version
  }
}
