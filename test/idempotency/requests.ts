import { randomBytes } from 'node:crypto'
import type { FastifyInstance, InjectOptions } from 'fastify'
import type { Response } from 'light-my-request'
import type { Db } from 'mongodb'
import { create, send, urlOf, type Document } from '../contract/stored.js'

/** One unsafe request of each kind, and what its first reply should be. */
export interface UnsafeRequest {
  readonly name: string
  readonly status: number
  /** Prepares what the request is about, and gives the request. */
  readonly prepare: (app: FastifyInstance) => Promise<Request>
}

export interface Request {
  readonly method: NonNullable<InjectOptions['method']>
  readonly url: string
  readonly body?: object
  readonly headers: Readonly<Record<string, string>>
  /** The document that it is about; undefined where it creates one. */
  readonly document?: Document
}

const article = (app: FastifyInstance) => create(app, '/api/articles', { title: 'A', body: 'one\ntwo\nthree\n', tags: ['x'] })
const newUser = () => {
  const name = randomBytes(6).toString('hex')
  return { email: `${name}@example.com`, username: name }
}
const version1 = { 'if-match': '"1"' }

const about = (status: number, name: string, request: (document: Document, app: FastifyInstance) => Omit<Request, 'document'> | Promise<Omit<Request, 'document'>>): UnsafeRequest => ({
  name,
  status,
  prepare: async (app) => {
    const document = await article(app)
    return { ...await request(document, app), document }
  }
})

/** Every kind of request that takes an Idempotency-Key. */
export const unsafeRequests: readonly UnsafeRequest[] = [
  { name: 'POST', status: 201, prepare: () => Promise.resolve({ method: 'POST', url: '/api/articles', body: { title: 'posted' }, headers: {} }) },
  { name: 'POST of a user', status: 201, prepare: () => Promise.resolve({ method: 'POST', url: '/api/users', body: newUser(), headers: {} }) },
  { name: 'PUT that creates', status: 201, prepare: () => Promise.resolve({ method: 'PUT', url: `/api/articles/${randomBytes(12).toString('hex')}`, body: { title: 'put' }, headers: { 'if-none-match': '*' } }) },
  about(200, 'PUT', (document) => ({ method: 'PUT', url: urlOf(document), body: { title: 'B' }, headers: version1 })),
  about(204, 'PUT that asks for no body', (document) => ({ method: 'PUT', url: urlOf(document), body: { title: 'B' }, headers: { ...version1, prefer: 'return=minimal' } })),
  about(200, 'PUT of any version', (document) => ({ method: 'PUT', url: urlOf(document), body: { title: 'B' }, headers: { 'if-match': '*' } })),
  about(200, 'PATCH', (document) => ({ method: 'PATCH', url: urlOf(document), body: { title: 'B' }, headers: version1 })),
  about(200, 'JSON Patch', (document) => ({ method: 'PATCH', url: urlOf(document), body: [{ op: 'add', path: '/tags/-', value: 'y' }], headers: { 'if-match': '*', 'content-type': 'application/json-patch+json' } })),
  about(200, 'PATCH that is merged', async (document, app) => {
    await send(app, 'PATCH', urlOf(document), { body: 'ONE\ntwo\nthree\n' }, version1)
    return { method: 'PATCH', url: urlOf(document), body: { title: 'B' }, headers: { ...version1, prefer: 'conflict=merge' } }
  }),
  about(204, 'DELETE', (document) => ({ method: 'DELETE', url: urlOf(document), headers: version1 })),
  about(204, 'DELETE of any version', (document) => ({ method: 'DELETE', url: urlOf(document), headers: { 'if-match': '*' } })),
  about(200, 'transition', (document) => ({ method: 'POST', url: `${urlOf(document)}/publish`, headers: {} })),
  about(200, 'restore', async (document, app) => {
    await send(app, 'PATCH', urlOf(document), { title: 'B' }, version1)
    return { method: 'POST', url: `${urlOf(document)}/revisions/1/restore`, headers: { 'if-match': '"2"' } }
  }),
  about(200, 'restore of a deleted document', async (document, app) => {
    await send(app, 'DELETE', urlOf(document), undefined, version1)
    return { method: 'POST', url: `${urlOf(document)}/revisions/1/restore`, headers: { 'if-match': '"2"' } }
  })
]

export const sendRequest = (app: FastifyInstance, { method, url, body, headers }: Request, key?: string): Promise<Response> =>
  send(app, method, url, body, { ...headers, ...(key !== undefined && { 'idempotency-key': key }) })

const ofAConnection = new Set(['date', 'connection', 'keep-alive', 'x-request-id', 'idempotency-replayed'])

/** Status, headers and body of a reply, without what is of its connection, and whether it is a replay. */
export const contentsOf = ({ statusCode, headers, body }: Pick<Response, 'statusCode' | 'headers' | 'body'>) =>
  ({ statusCode, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !ofAConnection.has(name))), body })

/** The versions of all documents, together: one more for each effect. */
export const everything = async (db: Db): Promise<number> => {
  const sums = await Promise.all(['articles', 'users'].map((name) => db.collection(name).aggregate<{ sum: number }>([{ $group: { _id: null, sum: { $sum: '$version' } } }]).toArray()))
  return sums.flat().reduce((all, { sum }) => all + sum, 0)
}
