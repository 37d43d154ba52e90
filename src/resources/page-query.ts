import { errors } from '../errors.js'

/** What the query of a paged list says. */
export interface PageQuery {
  readonly limit: number
  readonly cursor: string | undefined
}

const known = ['limit', 'cursor']
const defaultLimit = 20
const mostItems = 100

/** Reads `limit` and `cursor`. Throws 400 that names the parameter which is unknown, there twice, or can't be read. */
export const readPageQuery = (query: Readonly<Record<string, unknown>>): PageQuery => {
  for (const [name, value] of Object.entries(query)) {
    if (!known.includes(name)) throw errors.badRequest({ detail: `There is no parameter ${JSON.stringify(name.slice(0, 100))}; there are ${known.join(', ')}` })
    if (typeof value !== 'string') throw errors.badRequest({ detail: `${name} is there more than once` })
  }
  const { limit = String(defaultLimit), cursor } = query
  if (typeof limit !== 'string' || !/^[1-9][0-9]{0,2}$/.test(limit) || Number(limit) > mostItems) throw errors.badRequest({ detail: `limit must be an integer from 1 to ${mostItems}` })
  return { limit: Number(limit), cursor: typeof cursor === 'string' ? cursor : undefined }
}

/** 400 for a cursor that this list did not give. */
export const unreadableCursor = () => errors.badRequest({ detail: 'cursor cannot be read: send that of next, or the Link header, as it is' })

/** The Link header (RFC 8288) to the next page of the list at `url`. */
export const nextLink = (url: string, limit: number, cursor: string): string =>
  `<${url}?${new URLSearchParams({ limit: String(limit), cursor }).toString()}>; rel="next"`
