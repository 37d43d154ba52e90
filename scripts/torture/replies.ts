import { createHash } from 'node:crypto'
import type { Call, Content, Result, Seen } from './history.js'

/** A reply, or undefined where none came. */
export interface Reply {
  readonly status: number
  readonly etag: string | undefined
  readonly replayed: boolean
  readonly body: Readonly<Record<string, unknown>>
}

const longestTold = 24

/** A text as histories tell it: long ones by their digest. */
export const shortened = (text: string): string => text.length <= longestTold ? text : createHash('sha256').update(text).digest('base64url').slice(0, longestTold)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

export const contentOf = (document: unknown): Content | undefined => {
  if (!isObject(document)) return undefined
  const { title, body, status } = document
  return typeof title === 'string' && typeof body === 'string' && typeof status === 'string' ? { title: shortened(title), body: shortened(body), status } : undefined
}

const versionOfTag = (etag: string | undefined): number => Number(/^"(\d+)"$/.exec(etag ?? '')?.[1] ?? NaN)

/** The type of a problem, without what all have in common. */
export const problemOf = ({ body }: Reply): string => typeof body.type === 'string' ? body.type.replace('/problems/', '') : ''

const shownByProblem = ({ status, body }: Reply): Seen => {
  if (status === 404) return { kind: 'missing' }
  const version = Number(body.currentVersion)
  return status === 410 || body.deleted === true ? { kind: 'deleted', version } : { kind: 'document', version, content: contentOf(body.current) }
}

/** What a reply says became of a call. An answer that isn't understood leaves it open. */
export const resultOf = (call: Call, reply: Reply | undefined): Result => {
  if (reply === undefined) return { kind: 'unknown' }
  const { status, etag, body } = reply
  const version = versionOfTag(etag)
  if (call.kind === 'read') {
    if (status === 200) return { kind: 'ok', seen: { kind: 'document', version, content: contentOf(body) } }
    if (status === 304) return { kind: 'ok', seen: { kind: 'document', version } }
    return status === 404 || status === 410 ? { kind: 'ok', seen: shownByProblem(reply) } : { kind: 'not-applied' }
  }
  if (status === 204) return { kind: 'ok', seen: { kind: 'deleted', version } }
  if (status === 200 || status === 201) return { kind: 'ok', seen: { kind: 'document', version, content: contentOf(body) } }
  if (status === 404 || status === 410) return { kind: 'refused', seen: shownByProblem(reply) }
  if (status === 409) return problemOf(reply) === 'request-in-progress' ? { kind: 'not-applied' } : { kind: 'refused', seen: shownByProblem(reply), retryable: body.retryable === true }
  return status === 503 && body.outcome === 'not-applied' ? { kind: 'not-applied' } : { kind: 'unknown' }
}
