import t, { type Test } from 'tap'
import { buildTestApp, type TestApp } from '../app.js'
import { deletedConflict, send, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { secrets, tasks } from './tasks.js'
import { as, secret } from './tokens.js'

type App = TestApp['app']
interface Page { readonly items: readonly Document[], readonly next?: string }

const url = '/api/tasks'
const tag = (version: number) => ({ 'if-match': `"${version}"` })
const start = async (t: Test): Promise<App> => (await buildTestApp(t, { resources: [tasks, secrets], signIn: { tokens: { secret } } })).app
const post = async (app: App, sub: string, content: object): Promise<Document> => (await send(app, 'POST', url, content, as(sub))).json<Document>()
const read = async (app: App, sub: string, at: string): Promise<Page> => (await send(app, 'GET', at, undefined, as(sub))).json<Page>()

t.test('by list: pages of one\'s own, whatever is asked for', async (t) => {
  const app = await start(t)
  const own: Document[] = []
  for (const [i, sub] of ['ada', 'ben', 'ada', 'ada', 'ben', 'Ada', 'ada'].entries()) {
    const task = await post(app, sub, { text: `${i}` })
    if (sub === 'ada') own.unshift(task)
  }
  t.strictSame(await read(app, 'ada', url), { items: own })
  t.strictSame(await read(app, 'cem', url), { items: [] })
  for (const query of ['owner=ben', 'owner=ben&owner=cem', 'text=1', 'owner=Ada']) t.strictSame(await read(app, 'ada', `${url}?${query}`), { items: [] }, query)
  t.strictSame(await read(app, 'ada', `${url}?owner=ben&owner=ada&text=2&sort=-updatedAt`), { items: [own[2]] })

  const first = await read(app, 'ada', `${url}?limit=3`)
  t.strictSame(first.items, own.slice(0, 3))
  t.strictSame(await read(app, 'ada', `${url}?limit=3&cursor=${first.next ?? ''}`), { items: own.slice(3) })
  t.match(await read(app, 'ben', `${url}?limit=3&cursor=${first.next ?? ''}`), { status: 400 }, 'a cursor is good for whom it was given to')

  const etag = (await send(app, 'GET', url, undefined, as('ada'))).headers.etag as string
  t.equal((await send(app, 'GET', url, undefined, { 'if-none-match': etag, ...as('ben') })).statusCode, 200)
})

t.test('by an id that was theirs before: versions of another\'s life of it are not there', async (t) => {
  const app = await start(t)
  const { id } = await post(app, 'ada', { text: 'private' })
  const at = `${url}/${id}`
  await send(app, 'DELETE', at, undefined, { ...tag(1), ...as('ada') })
  const deletedAt = (await send(app, 'GET', at, undefined, as('ben'))).json<{ deletedAt: string }>().deletedAt
  t.strictSame((await send(app, 'PATCH', at, { text: 'C' }, { ...tag(1), ...as('ben') })).json(), deletedConflict({ url: at, deletedAt }, 2, 1), 'a 409 for a deleted document has none of its content')
  t.match((await send(app, 'GET', `${at}/revisions`, undefined, as('ben'))).json(), { status: 403 })
  t.match((await send(app, 'GET', `${at}/revisions/2`, undefined, as('ben'))).json(), { status: 403 }, 'who deleted it isn\'t told')
  t.match((await send(app, 'POST', `${at}/revisions/1/restore`, undefined, { ...tag(2), ...as('ben') })).json(), { status: 403 })
  t.match((await send(app, 'PUT', at, { text: 'mine' }, { 'if-none-match': '*', ...as('ben') })).json(), { version: 3, owner: 'ben' })
  await send(app, 'PATCH', at, { text: 'mine too' }, { ...tag(3), ...as('ben') })

  t.match((await read(app, 'ben', `${at}/revisions`)).items.map(({ version, by }) => [version, by]), [[4, 'ben'], [3, 'ben']])
  for (const [version, status] of [[1, 403], [2, 403], [3, 200], [4, 200], [5, 404]] as const) t.equal((await send(app, 'GET', `${at}/revisions/${version}`, undefined, as('ben'))).statusCode, status, `version ${version}`)
  t.equal((await send(app, 'POST', `${at}/revisions/1/restore`, undefined, { ...tag(4), ...as('ben') })).statusCode, 403)
  for (const prefer of ['conflict=merge', 'return=minimal']) {
    for (const [method, body] of [['PUT', { text: 'private' }], ['PATCH', { code: 'c' }], ['DELETE', undefined]] as const) {
      const reply = await send(app, method, at, body, { ...tag(1), prefer, ...as('ben') })
      const { current, ...rest } = reply.json<Record<string, unknown>>()
      t.match(rest, { status: 409, yourVersion: 1, currentVersion: 4, historyTruncated: true })
      t.match(current, { text: 'mine too', owner: 'ben' })
      t.notMatch(reply.body, /"ada"|private/)
    }
  }
  for (const path of ['', '/revisions', '/revisions/1', '/revisions/4']) t.equal((await send(app, 'GET', `${at}${path}`, undefined, as('ada'))).statusCode, 403, 'what was hers is behind what is his')
  t.match((await send(app, 'PATCH', at, { text: 'again' }, { 'if-match': '*', ...as('ada') })).json(), { status: 403 })
})

t.test('a deleted document comes back by its owner only, and stays the owner\'s', async (t) => {
  const app = await start(t)
  for (const collection of ['tasks', 'secrets']) {
    const { id } = (await send(app, 'POST', `/api/${collection}`, { text: 'A' }, as('ada'))).json<Document>()
    const restore = async (sub: string) => send(app, 'POST', `/api/${collection}/${id}/revisions/1/restore`, undefined, { ...tag(2), ...as(sub) })
    await send(app, 'DELETE', `/api/${collection}/${id}`, undefined, { ...tag(1), ...as('ada') })
    t.match((await restore('ben')).json(), { status: collection === 'secrets' ? 404 : 403 })
    t.match((await restore('ada')).json(), { version: 3, owner: 'ada', text: 'A' })
    t.match((await restore('ada')).json(), { status: 409, currentVersion: 3 })
  }
})

t.test('by the 409 for a value that is taken: who holds it is told only to who may read it', async (t) => {
  const app = await start(t)
  const { id } = await post(app, 'ada', { text: 'A', code: 'x' })
  const detail = 'A task with this code already exists'
  const duplicate = (at: string, more: object = {}) => problem('duplicate', 'Conflict', 409, detail, at, { field: 'code', fields: ['code'], ...more })
  t.strictSame((await send(app, 'POST', url, { text: 'B', code: 'x' }, as('ben'))).json(), duplicate(url))
  t.strictSame((await send(app, 'POST', url, { text: 'B', code: 'x' }, as('ada'))).json(), duplicate(url, { existing: { href: `${url}/${id}` }, currentVersion: 1 }))
  const own = await post(app, 'ben', { text: 'B' })
  t.strictSame((await send(app, 'PATCH', `${url}/${own.id}`, { code: 'x' }, { ...tag(1), ...as('ben') })).json(), duplicate(`${url}/${own.id}`))
})

t.test('by Idempotency-Key: the same key of somebody else is another key', async (t) => {
  const app = await start(t)
  const key = { 'idempotency-key': '"k"' }
  const hers = await send(app, 'POST', url, { text: 'A' }, { ...key, ...as('ada') })
  const his = await send(app, 'POST', url, { text: 'A' }, { ...key, ...as('ben') })
  t.strictSame([hers.statusCode, his.statusCode], [201, 201])
  t.equal(his.headers['idempotency-replayed'], undefined)
  t.match(his.json(), { owner: 'ben' })
  t.not(his.json<Document>().id, hers.json<Document>().id)
  const again = await send(app, 'POST', url, { text: 'A' }, { ...key, ...as('ada') })
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.strictSame(again.json(), hers.json())
  t.equal((await send(app, 'POST', url, { text: 'A' }, key)).statusCode, 401)

  const at = `${url}/${hers.json<Document>().id}`
  const edit = async (sub: string) => send(app, 'PATCH', at, { text: 'B' }, { ...tag(1), 'idempotency-key': '"e"', ...as(sub) })
  t.equal((await edit('ada')).statusCode, 200)
  t.equal((await edit('ben')).statusCode, 403)
  t.equal((await edit('ada')).headers['idempotency-replayed'], 'true')
  t.equal((await edit('ben')).statusCode, 403)
})
