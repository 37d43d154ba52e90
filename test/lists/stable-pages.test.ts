import { once, EventEmitter } from 'node:events'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { create, send, urlOf, type Document } from '../contract/stored.js'
import { idsOf, longAgo, readPage, sorted, walk } from './walk.js'

const url = '/api/articles'
const sorts = ['createdAt', 'updatedAt', 'title'].flatMap((field) => [field, `-${field}`])
const filters = ['', '&status=draft', '&status=draft&status=published']
const titles = ['A', 'B', 'C', 'D']
const any = { 'if-match': '*' }

const matches = ({ status }: Document, filter: string): boolean => filter === '' || new URLSearchParams(filter).getAll('status').includes(String(status))

type Operation = { readonly kind: 'retitle', readonly on: number, readonly title: string } | { readonly kind: 'touch' | 'transition' | 'delete' | 'revive' | 'create', readonly on: number }

const on = fc.nat(30)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('retitle' as const), on, title: fc.constantFrom(...titles) }),
  fc.record({ kind: fc.constantFrom('touch' as const, 'transition' as const, 'delete' as const, 'revive' as const, 'create' as const), on })
)

/** All articles, kept in step with those that are stored. */
class Model {
  readonly documents = new Map<string, Document>()
  readonly deleted = new Set<string>()
  /** Articles that have left a list since `watch`, if only for a while. */
  readonly gone = new Set<string>()
  /** Articles that were changed since `watch`. */
  readonly changed = new Set<string>()
  #filter = ''

  constructor (readonly app: FastifyInstance) {}

  async create (title: string): Promise<void> {
    this.#keep(await create(this.app, url, { title }))
  }

  /** Begins to note which articles change, or leave the list with this filter. */
  watch (filter: string): Document[] {
    this.#filter = filter
    this.gone.clear()
    this.changed.clear()
    return [...this.documents.values()].filter((document) => matches(document, filter))
  }

  async run (operation: Operation): Promise<void> {
    const { kind, on } = operation
    if (kind === 'create') {
      await this.create(titles[on % titles.length] ?? 'A')
      return
    }
    const ids = kind === 'revive' ? [...this.deleted] : [...this.documents.keys()]
    const id = ids[on % ids.length]
    if (id === undefined) return
    const at = `${url}/${id}`
    if (kind === 'delete') {
      await send(this.app, 'DELETE', at, undefined, any)
      this.documents.delete(id)
      this.deleted.add(id)
      this.gone.add(id)
      return
    }
    const document = this.documents.get(id)
    const reply = kind === 'revive'
      ? await send(this.app, 'PUT', at, { title: 'A' }, { 'if-none-match': '*' })
      : kind === 'transition'
        ? await send(this.app, 'POST', `${at}/${document?.status === 'draft' ? 'publish' : 'unpublish'}`)
        : await send(this.app, 'PATCH', at, kind === 'retitle' ? { title: operation.title } : { body: `edit of ${String(document?.version)}` }, any)
    this.deleted.delete(id)
    this.#keep(reply.json<Document>())
  }

  #keep (document: Document): void {
    this.documents.set(document.id, document)
    this.changed.add(document.id)
    if (!matches(document, this.#filter)) this.gone.add(document.id)
  }
}

const walks = fc.record({
  sort: fc.constantFrom(...sorts),
  filter: fc.constantFrom(...filters),
  limit: fc.integer({ min: 1, max: 6 }),
  between: fc.array(fc.array(operation, { maxLength: 8 }), { minLength: 1, maxLength: 12 })
})

t.test('whatever happens between pages', async (t) => {
  const { app } = await buildTestApp(t)
  const model = new Model(app)
  for (let i = 0; i < 16; i++) await model.create(titles[i % titles.length] ?? 'A')

  t.test('a document that is in the list throughout is on one page, as it is then; none is on two', async (t) => {
    await t.resolves(fc.assert(fc.asyncProperty(walks, async ({ sort, filter, limit, between }) => {
      const then = idsOf(sorted(model.watch(filter), sort.replace('-', ''), sort.startsWith('-')))
      const seen: Document[] = []
      const rounds = [...between]
      for (let at: string | undefined = `${url}?sort=${sort}&limit=${limit}${filter}`; at !== undefined;) {
        const { items, following } = await readPage(app, at)
        for (const item of items) {
          if (JSON.stringify(item) !== JSON.stringify(model.documents.get(item.id))) throw new Error(`${item.id} is shown as it isn't`)
          if (!matches(item, filter)) throw new Error(`${item.id} doesn't match any more`)
        }
        seen.push(...items)
        at = following
        for (const operation of rounds.shift() ?? []) await model.run(operation)
      }
      // In the order of the first page, with nothing left out but what has gone.
      const ids = idsOf(seen)
      const expected = then.filter((id) => ids.includes(id) || !model.gone.has(id))
      if (JSON.stringify(ids) !== JSON.stringify(expected)) throw new Error(`expected ${expected.join()}, not ${ids.join()}`)
    }), { numRuns: 24, endOnFailure: true, interruptAfterTimeLimit: 20_000 }))
  })

  t.test('after a pause longer than the database keeps its past, that holds for each document that was not changed', async (t) => {
    await t.resolves(fc.assert(fc.asyncProperty(walks, async ({ sort, filter, limit, between }) => {
      const then = idsOf(sorted(model.watch(filter), sort.replace('-', ''), sort.startsWith('-')))
      const rounds = [...between]
      const seen = idsOf(await walk(app, `${url}?sort=${sort}&limit=${limit}${filter}`, {
        follow: longAgo,
        between: async () => { for (const operation of rounds.shift() ?? []) await model.run(operation) }
      }))
      const unchanged = (ids: readonly string[]) => ids.filter((id) => !model.changed.has(id) && !model.gone.has(id))
      if (JSON.stringify(unchanged(seen)) !== JSON.stringify(unchanged(then))) throw new Error(`expected ${unchanged(then).join()}, not ${unchanged(seen).join()}`)
    }), { numRuns: 12, endOnFailure: true, interruptAfterTimeLimit: 15_000 }))
  })
})

t.test('with writers at work all the while', async (t) => {
  const { app } = await buildTestApp(t)
  const standing: Document[] = []
  for (let i = 0; i < 24; i++) standing.push(await create(app, url, { title: titles[i % titles.length] }))
  const passing = await Promise.all([1, 2].map(() => create(app, url, { title: 'passing' })))

  const writes = new EventEmitter()
  let working = true
  let count = 0
  const written = async (reply: Promise<{ statusCode: number }>) => {
    const { statusCode } = await reply
    if (statusCode >= 300) throw new Error(`a writer got ${statusCode}`)
    count++
    writes.emit('written')
  }
  const editor = async (step: number) => {
    for (let i = step; working; i += step) {
      const document = standing[i % standing.length]
      if (document !== undefined) await written(send(app, 'PATCH', urlOf(document), { title: `${titles[i % titles.length] ?? ''}${i}` }, any))
    }
  }
  const passerBy = async (document: Document) => {
    while (working) {
      await written(send(app, 'POST', `${urlOf(document)}/publish`))
      await written(send(app, 'DELETE', urlOf(document), undefined, any))
      const made = await create(app, url, { title: 'new' })
      await written(send(app, 'DELETE', urlOf(made), undefined, any))
      await written(send(app, 'PUT', urlOf(document), { title: 'passing' }, { 'if-none-match': '*' }))
    }
  }
  const writers = Promise.all([...[1, 5, 7, 11].map(editor), ...passing.map(passerBy)])

  try {
    for (const sort of sorts) {
      for (const filter of filters) {
        const before = count
        const seen = idsOf(await walk(app, `${url}?sort=${sort}&limit=10${filter}`, { between: async () => { await once(writes, 'written') } }))
        t.equal(new Set(seen).size, seen.length, `${sort}${filter}: none twice`)
        t.strictSame(standing.filter(({ id }) => !seen.includes(id)), [], `${sort}${filter}: none skipped`)
        t.ok(count > before, 'and something was written meanwhile')
      }
    }
  } finally {
    working = false
    await writers
  }
})
