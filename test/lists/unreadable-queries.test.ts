import t from 'tap'
import { buildTestApp } from '../app.js'
import { badRequest, create, send } from '../contract/stored.js'
import { parts } from './parts.js'

const url = '/api/parts'
const known = ['limit', 'cursor', 'sort', 'labels', 'state', 'active', 'stock', ...['name', 'price', 'createdAt'].flatMap((field) => ['gt', 'gte', 'lt', 'lte'].map((operator) => `${field}[${operator}]`))].join(', ')
const sortRule = 'sort must be one of createdAt, -createdAt, name, -name, price, -price, stock, -stock, active, -active, size, -size, updatedAt, -updatedAt'
const dateRule = 'must be a date and time with its offset (RFC 3339), such as 2026-01-31T12:00:00Z, or a date, such as 2026-01-31'
const unknown = (name: string) => [`${encodeURIComponent(name)}=1`, `There is no parameter ${JSON.stringify(name)}; there are ${known}`] as const

t.test('what cannot be read is 400, and names the parameter', async (t) => {
  const { app } = await buildTestApp(t, { resources: [parts] })
  await create(app, url, { name: 'a', price: 1, active: true, labels: [] })
  for (const [query, detail] of [
    ...['page', 'name', 'price', 'size', 'version', 'id', '_id', 'deletedAt', 'data.price', 'price[$gt]', 'price[ne]', 'price[]', 'price[gte', 'price.gte', 'labels[]', 'labels[$in]', 'state[$ne]', 'state[gte]', '$where', '$or', '__proto__', 'constructor', 'toString', 'LIMIT'].map(unknown),
    ...['', '-', '--name', 'Name', 'id', 'version', 'labels', 'state', 'data.name', '$natural', '__proto__', 'name,price', '+name'].map((sort) => [`sort=${encodeURIComponent(sort)}`, sortRule] as const),
    ['sort=name&sort=name', 'sort is there more than once'],
    ['price[gte]=1&price[gte]=2', 'price[gte] is there more than once'],
    ...['', ' ', 'x', '1x', '0x10', '1_000', '01', '+1', '.5', '1.', '1e400', 'NaN', 'Infinity', '-', '{"$gt":0}', '1,2', '%2B1'].map((text) => [`price[lt]=${text}`, 'price[lt] must be a number'] as const),
    ['stock=1.5', 'stock must be an integer'],
    ['stock=1&stock=x', 'stock must be a number'],
    ...['', '1', 'TRUE', 'yes', '{"$ne":true}'].map((text) => [`active=${text}`, 'active must be true or false'] as const),
    ...['', 'old', 'new,used', '{"$ne":"new"}', 'NEW'].map((text) => [`state=${text}`, 'state must be "new" or "used"'] as const),
    ...['', 'x', '1', '1700000000000', '2026-02-30', '2026-13-01', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00', '2026-01-01T00:00:60Z', '2026-01-01T23:59:60Z', '2026-01-01%20', 'Jan 1 2026', '2026-01-01T00:00:00+01:00', '{"$gt":0}'].map((text) => [`createdAt[gt]=${text}`, `createdAt[gt] ${dateRule}`] as const),
    [Array.from({ length: 21 }, (_, i) => `stock=${i}`).join('&'), 'stock has more than 20 values'],
    ['limit=0&state=new', 'limit must be an integer from 1 to 100']
  ] as const) {
    for (const method of ['GET', 'HEAD'] as const) {
      const reply = await send(app, method, `${url}?${query}`)
      t.equal(reply.statusCode, 400, query)
      if (method === 'GET') t.strictSame(reply.json(), badRequest(detail, url))
    }
  }
})

t.test('bounds of a range may lie outside of what the field can be', async (t) => {
  const { app } = await buildTestApp(t, { resources: [parts] })
  const part = await create(app, url, { name: 'a', price: 1, active: true, labels: [] })
  t.strictSame((await send(app, 'GET', `${url}?price[gt]=-1&price[lte]=1e300&name[lt]=${'z'.repeat(200)}`)).json(), { items: [part] })
  t.strictSame((await send(app, 'GET', `${url}?price[gt]=2&price[lt]=1`)).json(), { items: [] })
  t.strictSame((await send(app, 'GET', `${url}?${Array.from({ length: 25 }, (_, i) => `state=${i % 2 ? 'new' : 'used'}`).join('&')}`)).json(), { items: [part] }, 'values count once')
})
