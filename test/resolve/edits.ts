import type { FastifyInstance } from 'fastify'
import type { Response } from 'light-my-request'
import { send, urlOf, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'

/** What a reply with a document holds; throws where the status is not the one that is meant. */
export const documentOf = (reply: Response, status = 200): Document => {
  if (reply.statusCode !== status) throw new Error(`${reply.statusCode} ${reply.body}`)
  return reply.json<Document>()
}

/** Changes a document at the version that it has, by merge patch. */
export const patch = async (app: FastifyInstance, document: Document, change: object, collection?: string): Promise<Document> =>
  documentOf(await send(app, 'PATCH', urlOf(document, collection), change, { 'if-match': `"${document.version}"` }))

/** Sends a JSON Patch. */
export const jsonPatch = async (app: FastifyInstance, url: string, operations: object, headers: Record<string, string> = {}): Promise<Response> =>
  await send(app, 'PATCH', url, operations, { 'content-type': 'application/json-patch+json', ...headers })

/** The body of a 409 for a version that somebody else has changed, with the members that history makes possible. */
export const conflict = (current: Document, yourVersion: number | null, members: object, url = urlOf(current)): object =>
  problem('version-conflict', 'Conflict', 409, 'The resource has been modified by another user', url, { retryable: false, currentVersion: current.version, yourVersion, current, ...members })

/** One of `changes`: what `made` changed, which is the version that changed it last. */
export const change = (pointer: string, values: object, made: Document): object => ({ pointer, ...values, version: made.version, at: made.updatedAt })
