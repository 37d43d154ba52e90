import type { FastifyInstance, InjectOptions } from 'fastify'
import type { Response } from 'light-my-request'
import { problem } from '../plugins/problem-app.js'

/** A document as replies show it. */
export interface Document {
  readonly id: string
  readonly version: number
  readonly createdAt: string
  readonly updatedAt: string
  readonly [field: string]: unknown
}

/** An id that nothing was ever stored under. */
export const neverThere = 'ffffffffffffffffffffffff'

/** Sends a request; its body as JSON, unless it is a string, with `content-type: application/json` unless given. */
export const send = async (app: FastifyInstance, method: InjectOptions['method'], url: string, payload?: object | string, headers: Record<string, string> = {}): Promise<Response> =>
  app.inject({ method, url, ...(payload !== undefined && { payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }), headers: { ...(payload !== undefined && { 'content-type': 'application/json' }), ...headers } } as InjectOptions)

/** The headers of a reply, but for its time and the id of its request. */
export const headersOf = ({ headers }: Response): object => Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'date' && name !== 'x-request-id'))

const stored = (reply: Response): Document => {
  if (reply.statusCode !== 200 && reply.statusCode !== 201) throw new Error(`${reply.statusCode} ${reply.body}`)
  return reply.json<Document>()
}

/** Stores a document by POST. */
export const create = async (app: FastifyInstance, url: string, content: object): Promise<Document> => stored(await send(app, 'POST', url, content))

/** Stores an article and edits its body until it is at this version. */
export const articleAt = async (app: FastifyInstance, version: number, content: object = { title: 'A' }): Promise<Document> => {
  let article = await create(app, '/api/articles', content)
  while (article.version < version) {
    article = stored(await send(app, 'PATCH', urlOf(article), { body: `edit ${article.version}` }, { 'if-match': `"${article.version}"` }))
  }
  return article
}

export const urlOf = ({ id }: Document, collection = '/api/articles'): string => `${collection}/${id}`

/** Stores an article, edits it until it is at the version before, and deletes it as this version. */
export const deletedArticleAt = async (app: FastifyInstance, version: number): Promise<{ url: string, id: string, deletedAt: string }> => {
  const article = await articleAt(app, version - 1)
  const url = urlOf(article)
  await send(app, 'DELETE', url, undefined, { 'if-match': `"${article.version}"` })
  const { deletedAt } = (await send(app, 'GET', url)).json<{ deletedAt: string }>()
  return { url, id: article.id, deletedAt }
}

/** What a 409 says of changes where no history is kept. */
const withoutHistory = (current: number, yourVersion: number | null): object => {
  if (yourVersion === null) return {}
  return yourVersion === current ? { changes: [], mergeable: true } : { historyTruncated: true }
}

/** The body of a 409 for a version that somebody else has changed, where no history is kept. */
export const versionConflict = (current: Document, yourVersion: number | null, { url = urlOf(current), detail = 'The resource has been modified by another user', ...members }: { url?: string, detail?: string, [member: string]: unknown } = {}): object =>
  problem('version-conflict', 'Conflict', 409, detail, url, { retryable: false, currentVersion: current.version, yourVersion, current, ...withoutHistory(current.version, yourVersion), ...members })

/** The body of a 409 for a version that was deleted, where no history is kept. */
export const deletedConflict = ({ url, deletedAt }: { url: string, deletedAt: string }, currentVersion: number, yourVersion: number | null, members: object = {}): object =>
  problem('version-conflict', 'Conflict', 409, 'The resource has been deleted by another user', url, { retryable: false, currentVersion, yourVersion, deleted: true, deletedAt, ...(yourVersion !== null && { historyTruncated: true, mergeable: false }), ...members })

export const gone = ({ url, deletedAt }: { url: string, deletedAt: string }, currentVersion: number): object =>
  problem('gone', 'Gone', 410, 'The resource has been deleted', url, { currentVersion, deletedAt })

export const notFound = (url: string): object => problem('not-found', 'Not Found', 404, 'There is nothing here', url)

/** The body of a 428 for a document that is at this version. */
export const ifMatchRequired = ({ version }: { version: number }, url: string): object =>
  problem('precondition-required', 'Precondition Required', 428, `Say which version this changes: send its entity-tag in If-Match. That of the current version is "${version}"`, url, { currentVersion: version })

export const createRequired = (url: string): object =>
  problem('precondition-required', 'Precondition Required', 428, 'There is nothing here yet: send If-None-Match: * to create it', url)

export const alreadyExists = (currentVersion: number, url: string): object =>
  problem('already-exists', 'Conflict', 409, 'The resource exists already', url, { currentVersion, retryable: false })

export const badRequest = (detail: string, url: string, members: object = {}): object => problem('bad-request', 'Bad Request', 400, detail, url, members)

/** The body of a 422 for rules that are broken, each a pointer and what is wrong there. */
export const invalid = (url: string, ...errors: readonly (readonly [pointer: string, message: string])[]): object => {
  const [[pointer, message] = ['', '']] = errors
  const first = `${pointer === '' ? 'The body' : pointer} ${message}`
  return problem('invalid', 'Unprocessable Content', 422, errors.length > 1 ? `${first} (and ${errors.length - 1} more: see errors)` : first, url, { errors: errors.map(([pointer, message]) => ({ pointer, message })) })
}
