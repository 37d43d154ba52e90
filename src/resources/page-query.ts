import { errors } from '../errors.js'

/** What the query of a paged list says. */
export interface PageQuery {
  readonly limit: number
  readonly cursor: string | undefined
}

/** A query as Fastify parses it: a parameter that is there more than once is an array. */
export type Query = Readonly<Record<string, unknown>>

const known = ['limit', 'cursor']
export const defaultLimit = 20
export const mostItems = 100

/**
 * Reads `limit` and `cursor`. Throws 400 that names the parameter which is unknown, there twice, or can't be read. `others` are
 * the parameters that a list has beside them, `repeatable` those that may be there more than once.
 */
export const readPageQuery = (query: Query, { others = [], repeatable = [] }: { others?: readonly string[], repeatable?: readonly string[] } = {}): PageQuery => {
  const names = [...known, ...others]
  for (const [name, value] of Object.entries(query)) {
    if (!names.includes(name)) throw errors.badRequest({ detail: `There is no parameter ${JSON.stringify(name.slice(0, 100))}; there are ${names.join(', ')}` })
    if (typeof value !== 'string' && !repeatable.includes(name)) throw errors.badRequest({ detail: `${name} is there more than once` })
  }
  const { limit = String(defaultLimit), cursor } = query
  if (typeof limit !== 'string' || !/^[1-9][0-9]{0,2}$/.test(limit) || Number(limit) > mostItems) throw errors.badRequest({ detail: `limit must be an integer from 1 to ${mostItems}` })
  return { limit: Number(limit), cursor: typeof cursor === 'string' ? cursor : undefined }
}

/** 400 for a cursor that this list did not give. */
export const unreadableCursor = () => errors.badRequest({ detail: 'cursor cannot be read: send that of next, or the Link header, as it is' })

/** The Link header (RFC 8288) to the next page of the list at `url`, with the other parameters of this one. */
export const nextLink = (url: string, limit: number, cursor: string, others: readonly (readonly [string, string])[] = []): string =>
  `<${url}?${new URLSearchParams([['limit', String(limit)], ...others.map(([name, value]) => [name, value]), ['cursor', cursor]]).toString()}>; rel="next"`
