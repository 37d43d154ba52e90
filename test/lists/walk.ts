import type { FastifyInstance } from 'fastify'
import { send, type Document } from '../contract/stored.js'

export interface Page { readonly items: Document[], readonly next?: string }

/** A page of a list. Throws for any other reply. */
export const readPage = async (app: FastifyInstance, url: string): Promise<Page & { readonly following: string | undefined }> => {
  const reply = await send(app, 'GET', url)
  if (reply.statusCode !== 200) throw new Error(`${url}: ${reply.statusCode} ${reply.body}`)
  const { link } = reply.headers
  const following = typeof link === 'string' ? /^<(.*)>; rel="next"$/.exec(link)?.[1] : undefined
  return { ...reply.json<Page>(), following }
}

/** All items of a list, by its `Link` headers. `between` runs before each page but the first; `follow` may change the URL of the next page. */
export const walk = async (app: FastifyInstance, url: string, { between, follow = (following) => following }: { between?: () => Promise<void>, follow?: (url: string) => string } = {}): Promise<Document[]> => {
  const items: Document[] = []
  for (let at: string | undefined = url; at !== undefined;) {
    const page = await readPage(app, at)
    items.push(...page.items)
    at = page.following && follow(page.following)
    if (at !== undefined) await between?.()
  }
  return items
}

export const idsOf = (documents: readonly Document[]): string[] => documents.map(({ id }) => id)

/** The same URL with a cursor whose parts were changed. */
export const withCursor = (url: string, change: (parts: unknown[]) => unknown): string => {
  const [path = '', query] = url.split('?')
  const parameters = new URLSearchParams(query)
  const parts = JSON.parse(Buffer.from(parameters.get('cursor') ?? '', 'base64url').toString()) as unknown[]
  parameters.set('cursor', Buffer.from(JSON.stringify(change(parts))).toString('base64url'))
  return `${path}?${parameters.toString()}`
}

/** The URL of the same page, in a moment that the database has long forgotten. */
export const longAgo = (url: string): string => withCursor(url, (parts) => parts.with(1, 1).with(2, 1))

const rank = (value: unknown): number => value === undefined || value === null ? 0 : 1

/** How two values sort: none first, strings by code point. */
export const compare = (a: unknown, b: unknown): number => {
  if (rank(a) === 0 || rank(b) === 0) return rank(a) - rank(b)
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return Number(a) - Number(b)
}

/** Documents in the order of a list. */
export const sorted = (documents: readonly Document[], field: string, descending: boolean): Document[] =>
  [...documents].sort((a, b) => (compare(a[field], b[field]) || compare(a.id, b.id)) * (descending ? -1 : 1))
