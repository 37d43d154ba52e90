import fc from 'fast-check'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { create, send, urlOf, type Document } from '../contract/stored.js'
import { parts, partSorts } from './parts.js'
import { compare, sorted, walk } from './walk.js'

const url = '/api/parts'
// Their order by code point is neither that of UTF-16 nor that of any language.
const names = ['a', 'B', 'b', 'Z', 'ä', 'z', '', ' ', '\uFFFD', '😀', '$name', '$$ROOT', '{"$ne":1}', 'a.b', 'a,b', 'é', 'e\u0301', '\0']
const labels = ['red', 'round', 'a,b', '$where', '']

const pick = <T>(values: readonly T[], i: number): T => {
  const value = values[i % values.length]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}

const contentOf = (i: number) => ({
  name: pick(names, i),
  price: pick([0, 0.5, 10, 10.25, 1e21], i),
  ...(i % 3 > 0 && { stock: pick([-1, 0, 2_147_483_648, 7], i) }),
  active: i % 2 === 0,
  ...(i % 4 > 0 && { size: pick(['S', 'M', null] as const, i) }),
  labels: labels.filter((_, place) => (i >> place) % 2 === 1)
})

interface Asked {
  readonly label: readonly string[]
  readonly state: readonly string[]
  readonly active: readonly boolean[]
  readonly stock: readonly number[]
  readonly name: Readonly<Partial<Record<'gt' | 'gte' | 'lt' | 'lte', string>>>
  readonly price: Readonly<Partial<Record<'gt' | 'gte' | 'lt' | 'lte', number>>>
}

const bounds = <T>(value: fc.Arbitrary<T>) => fc.record({ gt: value, gte: value, lt: value, lte: value }, { requiredKeys: [] })

const asked: fc.Arbitrary<Asked> = fc.record({
  label: fc.subarray(labels, { maxLength: 2 }),
  state: fc.subarray(['new', 'used']),
  active: fc.subarray([true, false]),
  stock: fc.subarray([-1, 0, 7, 5]),
  name: fc.oneof(fc.constant({}), bounds(fc.constantFrom(...names))),
  price: fc.oneof(fc.constant({}), bounds(fc.constantFrom(0, 1, 10, 10.25)))
})

const within = (value: unknown, { gt, gte, lt, lte }: Partial<Record<string, unknown>>): boolean =>
  (gt === undefined || compare(value, gt) > 0) && (gte === undefined || compare(value, gte) >= 0) && (lt === undefined || compare(value, lt) < 0) && (lte === undefined || compare(value, lte) <= 0)

const matches = (part: Document, { label, state, active, stock, name, price }: Asked): boolean =>
  (label.length === 0 || label.some((one) => (part.labels as string[]).includes(one))) &&
  ([[state, part.state], [active, part.active], [stock, part.stock]] as const).every(([wanted, value]) => wanted.length === 0 || wanted.some((one) => one === value)) &&
  within(part.name, name) && within(part.price, price)

const queryOf = ({ label, state, active, stock, name, price }: Asked): [string, string][] => [
  ...([['labels', label], ['state', state], ['active', active], ['stock', stock]] as const).flatMap(([field, values]) => values.map((value): [string, string] => [field, String(value)])),
  ...([['name', name], ['price', price]] as const).flatMap(([field, by]) => Object.entries(by).map(([operator, value]): [string, string] => [`${field}[${operator}]`, String(value)]))
]

t.test('filters and sorts', async (t) => {
  const { app } = await buildTestApp(t, { resources: [parts] })
  const stored = await Promise.all(Array.from({ length: 54 }, async (_, i) => {
    const part = await create(app, url, contentOf(i))
    return i % 5 === 0 ? (await send(app, 'POST', `${urlOf(part, url)}/use`)).json<Document>() : part
  }))
  const deleted = stored.splice(7, 3)
  for (const part of deleted) await send(app, 'DELETE', urlOf(part, url), undefined, { 'if-match': '*' })

  t.test('every sort, both ways: each document once, ties by id, no value before any', async (t) => {
    for (const field of partSorts) {
      for (const descending of [false, true]) {
        const sort = `${descending ? '-' : ''}${field}`
        const expected = sorted(stored, field, descending)
        for (const limit of [2, 7, 100]) t.strictSame(await walk(app, `${url}?sort=${sort}&limit=${limit}`), expected, `${sort}, pages of ${limit}`)
      }
    }
    t.strictSame(await walk(app, url), sorted(stored, 'createdAt', true), 'the one created last first, unless given')
  })

  t.test('any filters with any sort: what a scan of all documents finds', async (t) => {
    await t.resolves(fc.assert(fc.asyncProperty(asked, fc.constantFrom(...partSorts), fc.boolean(), fc.integer({ min: 1, max: 12 }), async (filters, field, descending, limit) => {
      const query = new URLSearchParams([...queryOf(filters), ['sort', `${descending ? '-' : ''}${field}`], ['limit', String(limit)]])
      const expected = sorted(stored.filter((part) => matches(part, filters)), field, descending)
      const found = await walk(app, `${url}?${query.toString()}`)
      return JSON.stringify(found) === JSON.stringify(expected)
    }), { numRuns: 150 }))
  })

  t.test('ranges of dates', async (t) => {
    const ids = async (query: string) => (await walk(app, `${url}?${query}`)).map(({ id }) => id)
    const inOrder = sorted(stored, 'createdAt', false)
    const middle = inOrder[20]?.createdAt ?? ''
    t.strictSame(await ids(`createdAt[gte]=${middle}&sort=createdAt`), inOrder.filter(({ createdAt }) => createdAt >= middle).map(({ id }) => id))
    const elsewhere = encodeURIComponent(`${new Date(Date.parse(middle) + 3_600_000).toISOString().slice(0, -1)}+01:00`)
    t.strictSame(await ids(`createdAt[lt]=${elsewhere}&sort=createdAt`), inOrder.filter(({ createdAt }) => createdAt < middle).map(({ id }) => id), 'with an offset')
    t.strictSame(await ids('createdAt[gte]=2000-01-01&createdAt[lt]=2000-01-02'), [], 'a date is its midnight in UTC')
    t.strictSame((await ids('createdAt[gt]=2000-01-01&sort=createdAt')).length, stored.length)
  })

  t.test('a value is compared as it is: nothing in it is an operator', async (t) => {
    for (const name of names) {
      const query = new URLSearchParams([['name[gte]', name], ['name[lte]', name], ['sort', 'createdAt']])
      t.strictSame(await walk(app, `${url}?${query.toString()}`), sorted(stored.filter((part) => part.name === name), 'createdAt', false), JSON.stringify(name))
    }
  })

  t.test('Link repeats all parameters', async (t) => {
    const { headers } = await send(app, 'GET', `${url}?state=new&limit=2&name[gte]=%20&sort=-name&state=used&labels=red`)
    const link = String(headers.link)
    t.match(link, /^<\/api\/parts\?limit=2&sort=-name&labels=red&state=new&state=used&name%5Bgte%5D=\+&cursor=[A-Za-z0-9_-]+>; rel="next"$/)
  })
})
