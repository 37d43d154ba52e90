import { isObject } from './version-source.js'

/** A page of a list; `next` is the cursor of the one after it. */
export interface Page<I> {
  readonly items: readonly I[]
  readonly next?: string
}

type Parameter = string | number | boolean

/** Parameters of a list: `limit`, `sort`, `cursor`, and fields to filter by; one with several values stands there once for each. */
export type Query = Readonly<Record<string, Parameter | readonly Parameter[]>>

/** The page that a reply holds. A body that is an array is the only page. */
export const pageOf = <I>(body: unknown): Page<I> => {
  if (Array.isArray(body)) return { items: body as I[] }
  const { items, next } = isObject(body) ? body : {}
  return { items: Array.isArray(items) ? items as I[] : [], ...(typeof next === 'string' && { next }) }
}

/** Gives the items of a list one by one; a page is read when it is needed. */
export async function * eachItem<I> (read: (parameters: string) => Promise<Page<I>>, query: Query): AsyncGenerator<I, void, undefined> {
  const parameters = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)])))
  for (;;) {
    const text = parameters.toString()
    const { items, next } = await read(text === '' ? '' : `?${text}`)
    yield * items
    if (next === undefined) return
    parameters.set('cursor', next)
  }
}
