import { randomUUID } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { defineResource } from '../../src/resources/resource.js'
import { buildTestApp } from '../app.js'
import { badRequest, create, invalid, send, urlOf, type Document } from '../contract/stored.js'

const schema = Type.Object({ text: Type.String() })
const slugs = defineResource({
  name: 'pages', noun: 'page', schema,
  idForm: { description: 'a slug of 1 to 40 letters, digits, dots and hyphens', parse: (id) => /^[a-zA-Z0-9.~ é-]{1,40}$/.test(id) ? id : undefined, generate: () => `page-${randomUUID().slice(0, 8)}` }
})
const uuids = defineResource({
  name: 'things', noun: 'thing', schema,
  idForm: { description: 'a UUID', parse: (id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id.toLowerCase() : undefined, generate: () => randomUUID() }
})

t.test('slugs', async (t) => {
  const { app } = await buildTestApp(t, { resources: [slugs] })
  const url = '/api/pages'
  const created = await create(app, url, { text: 'A' })
  t.match(created.id, /^page-[0-9a-f]{8}$/)

  for (const id of ['about', 'About', 'a.b', '~', 'caf\u00e9 au lait', '1']) {
    const at = `${url}/${encodeURIComponent(id)}`
    const reply = await send(app, 'PUT', at, { id, text: id }, { 'if-none-match': '*' })
    t.equal(reply.statusCode, 201, id)
    t.match(reply.headers, { location: at, 'content-location': at })
    t.match((await send(app, 'GET', at)).json(), { id, version: 1, text: id })
    t.match((await send(app, 'PUT', at, { id, version: 1, text: 'B' }, { 'if-match': '"1"' })).json(), { id, version: 2 })
  }
  t.strictSame((await send(app, 'PUT', `${url}/about`, { id: 'About', text: 'C' }, { 'if-match': '"2"' })).json(), invalid(`${url}/about`, ['/id', 'must be the id in the URL']), 'in another case it is another slug')
  t.strictSame((await send(app, 'GET', `${url}/a_b`)).json(), badRequest('The id in the URL must be a slug of 1 to 40 letters, digits, dots and hyphens, but not events', `${url}/a_b`))
  t.equal((await send(app, 'PUT', `${url}/events`, { text: 'E' }, { 'if-none-match': '*' })).statusCode, 400, 'that is the URL of the stream of changes')
  t.equal((await send(app, 'DELETE', `${url}/about`, undefined, { 'if-match': '"2"' })).statusCode, 204)
  t.match((await send(app, 'PUT', `${url}/about`, { text: 'D' }, { 'if-none-match': '*' })).json(), { version: 4 })

  const seen: string[] = []
  for (let cursor = ''; ;) {
    const { items, next } = (await send(app, 'GET', `${url}?limit=2${cursor}`)).json<{ items: Document[], next?: string }>()
    seen.push(...items.map(({ id }) => id))
    if (next === undefined) break
    cursor = `&cursor=${next}`
  }
  t.strictSame(seen.sort(), ['1', 'About', 'a.b', 'about', 'caf\u00e9 au lait', created.id, '~'].sort())
})

t.test('UUIDs, in either case', async (t) => {
  const { app } = await buildTestApp(t, { resources: [uuids] })
  const thing = await create(app, '/api/things', { text: 'A' })
  const at = urlOf(thing, '/api/things')
  const upper = at.replace(thing.id, thing.id.toUpperCase())
  t.strictSame((await send(app, 'GET', upper)).json(), thing)
  const reply = await send(app, 'PUT', upper, { ...thing, id: thing.id.toUpperCase(), text: 'B' }, { 'if-match': '"1"' })
  t.match(reply.json(), { id: thing.id, version: 2, text: 'B' })
  t.equal(reply.headers['content-location'], at)
  t.equal((await send(app, 'GET', `/api/things/${'a'.repeat(24)}`)).statusCode, 400)
})
