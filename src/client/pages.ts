/** A page of a list; `next` is the cursor of the one after it. */
interface Page<I> {
  readonly items: readonly I[]
  readonly next?: string
}

/** Parameters of a list: `limit`, `sort`, `cursor`, and fields to filter by. */
export type Query = Readonly<Record<string, string | number | boolean>>

/** Gives the items of a list one by one; a page is read when it is needed. A body that is an array is the only page. */
export async function * eachItem<I> (read: (query: string) => Promise<unknown>, query: Query): AsyncGenerator<I, void, undefined> {
  const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  for (;;) {
    const text = parameters.toString()
    const body = await read(text === '' ? '' : `?${text}`) as Page<I> | readonly I[]
    const { items, next }: Page<I> = 'items' in body ? body : { items: body }
    yield * items
    if (next === undefined) return
    parameters.set('cursor', next)
  }
}
