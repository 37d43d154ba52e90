import fc from 'fast-check'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { badRequest, create, neverThere, notFound, send, urlOf, type Document } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { documentOf, patch } from './edits.js'

interface Page {
  readonly items: readonly { readonly version: number, readonly at: string, readonly kind: string }[]
  readonly next?: string
}

t.test('revisions', async (t) => {
  const { app } = await buildTestApp(t)
  const v1 = await create(app, '/api/articles', { title: 'A', tags: ['x'] })
  const url = urlOf(v1)
  const v2 = await patch(app, v1, { title: 'B', body: 'text' })
  await send(app, 'DELETE', url, undefined, { 'if-match': '"2"' })
  const { deletedAt } = (await send(app, 'GET', url)).json<{ deletedAt: string }>()
  const whileDeleted = (await send(app, 'GET', `${url}/revisions`)).json<Page>()
  const v4 = documentOf(await send(app, 'PUT', url, { title: 'again' }, { 'if-none-match': '*' }), 201)
  const v5 = documentOf(await send(app, 'POST', `${url}/publish`))
  const items = [
    { version: 5, at: v5.updatedAt, kind: 'updated' },
    { version: 4, at: v4.updatedAt, kind: 'created' },
    { version: 3, at: deletedAt, kind: 'deleted' },
    { version: 2, at: v2.updatedAt, kind: 'updated' },
    { version: 1, at: v1.updatedAt, kind: 'created' }
  ]

  t.test('are listed with the current version, the latest first', async (t) => {
    const reply = await send(app, 'GET', `${url}/revisions`)
    t.equal(reply.statusCode, 200)
    t.strictSame(reply.json(), { items })
    t.strictSame(whileDeleted, { items: items.slice(2) })
    t.equal(reply.headers['cache-control'], 'private, no-cache')
    const tag = String(reply.headers.etag)
    const unchanged = await send(app, 'GET', `${url}/revisions`, undefined, { 'if-none-match': tag })
    t.equal(unchanged.statusCode, 304)
    t.equal(unchanged.body, '')
    const only = await create(app, '/api/articles', { title: 'only' })
    t.strictSame((await send(app, 'GET', `${urlOf(only)}/revisions`)).json(), { items: [{ version: 1, at: only.updatedAt, kind: 'created' }] })
  })

  t.test('come in pages, which hold in spite of changes in between', async (t) => {
    const first = await send(app, 'GET', `${url}/revisions?limit=2`)
    const { next } = first.json<Page>()
    t.strictSame(first.json(), { items: items.slice(0, 2), next })
    t.equal(first.headers.link, `<${url}/revisions?limit=2&cursor=${next}>; rel="next"`)
    const article = await patch(app, v5, { title: 'in between' })
    const second = await send(app, 'GET', `${url}/revisions?limit=2&cursor=${next}`)
    t.strictSame(second.json(), { items: items.slice(2, 4), next: second.json<Page>().next })
    const third = await send(app, 'GET', `${url}/revisions?limit=2&cursor=${second.json<Page>().next}`)
    t.strictSame(third.json(), { items: items.slice(4) })
    t.notOk('link' in third.headers)
    t.equal(article.version, 6)
    const at = `${url}/revisions`
    for (const [query, detail] of [
      ['limit=0', 'limit must be an integer from 1 to 100'], ['limit=101', 'limit must be an integer from 1 to 100'], ['limit=x', 'limit must be an integer from 1 to 100'],
      ['cursor=x', 'cursor cannot be read: send that of next, or the Link header, as it is'], ['cursor=0', 'cursor cannot be read: send that of next, or the Link header, as it is'],
      ['sort=version', 'There is no parameter "sort"; there are limit, cursor'], ['limit=1&limit=2', 'limit is there more than once']
    ] as const) {
      const reply = await send(app, 'GET', `${at}?${query}`)
      t.equal(reply.statusCode, 400, query)
      t.strictSame(reply.json(), badRequest(detail, at))
    }
  })

  t.test('each is the document as it was then, with its version as entity-tag', async (t) => {
    for (const document of [v1, v2, v4, v5]) {
      const at = `${url}/revisions/${document.version}`
      const reply = await send(app, 'GET', at)
      t.equal(reply.statusCode, 200)
      t.strictSame(reply.json(), document)
      t.match(reply.headers, { etag: `"${document.version}"`, 'last-modified': new Date(document.updatedAt).toUTCString(), 'cache-control': 'private, no-cache' })
      t.equal((await send(app, 'HEAD', at)).headers.etag, `"${document.version}"`)
      const unchanged = await send(app, 'GET', at, undefined, { 'if-none-match': `W/"${document.version}"` })
      t.equal(unchanged.statusCode, 304)
      t.equal(unchanged.body, '')
      t.equal((await send(app, 'GET', at, undefined, { 'if-none-match': '"99"' })).statusCode, 200)
      t.equal((await send(app, 'GET', at, undefined, { 'if-match': '"99"' })).statusCode, 412)
    }
  })

  t.test('a delete is 410, one that is not there 404, what is no version 400', async (t) => {
    const deleted = await send(app, 'GET', `${url}/revisions/3`)
    t.equal(deleted.statusCode, 410)
    t.strictSame(deleted.json(), problem('gone', 'Gone', 410, 'Version 3 is a delete', `${url}/revisions/3`, { version: 3, deletedAt }))
    t.notOk('etag' in deleted.headers)
    for (const version of [7, 9007199254740991]) {
      const missing = await send(app, 'GET', `${url}/revisions/${version}`)
      t.equal(missing.statusCode, 404)
      t.strictSame(missing.json(), problem('not-found', 'Not Found', 404, `Version ${version} is not there, or no longer kept`, `${url}/revisions/${version}`))
    }
    for (const version of ['0', '-1', '01', '1.0', 'x', '9007199254740992', '%20']) {
      const reply = await send(app, 'GET', `${url}/revisions/${version}`)
      t.equal(reply.statusCode, 400, version)
      t.strictSame(reply.json(), badRequest('The version in the URL must be an integer from 1', `${url}/revisions/${version}`))
    }
    const never = `/api/articles/${neverThere}/revisions`
    t.strictSame((await send(app, 'GET', never)).json(), notFound(never))
    t.equal((await send(app, 'GET', `${never}/1`)).statusCode, 404)
    t.equal((await send(app, 'GET', '/api/articles/x/revisions')).statusCode, 400)
    t.equal((await send(app, 'GET', '/api/articles/x/revisions/1')).statusCode, 400)
    t.equal((await send(app, 'PUT', `${url}/revisions/1`, { title: 'B' })).statusCode, 405)
  })
})

t.test('only as many versions as the limit says, and without history the current one', async (t) => {
  for (const [historyLimit, kept] of [[3, [12, 11, 10]], [1, [12]], [0, [12]]] as const) {
    const { app } = await buildTestApp(t, { historyLimit })
    let article = await create(app, '/api/articles', { title: 'A' })
    while (article.version < 12) article = await patch(app, article, { title: `version ${article.version + 1}` })
    const url = urlOf(article)
    t.strictSame((await send(app, 'GET', `${url}/revisions`)).json<Page>().items.map(({ version }) => version), kept)
    t.strictSame((await send(app, 'GET', `${url}/revisions/12`)).json(), article)
    t.equal((await send(app, 'GET', `${url}/revisions/9`)).statusCode, 404)
    for (const version of kept) t.match((await send(app, 'GET', `${url}/revisions/${version}`)).json(), { version, title: `version ${version}` })
  }
})

for (const [storeMode, changes] of [['group', 500], ['single', 150]] as const) {
  t.test(`after ${changes} random changes, deletes and re-creations each revision is just what was stored (${storeMode})`, { timeout: 120_000 }, async (t) => {
    const { app, db } = await buildTestApp(t, { storeMode, historyLimit: 1_000 })
    const { app: other } = await buildTestApp(t, { storeMode, historyLimit: 1_000, database: db.databaseName, keptBytes: 0 })
    const article = await create(app, '/api/articles', { title: 'A' })
    const url = urlOf(article)
    const stored: (Document | 'deleted')[] = [article]
    const text = fc.oneof(fc.constantFrom('', 'A', '$title', '$$ROOT', 'a.b', '__proto__'), fc.string({ unit: 'grapheme', maxLength: 20 }))
    const content = fc.record({ title: fc.oneof(fc.constantFrom('A', '$title'), fc.string({ minLength: 1, maxLength: 20 })), body: text, tags: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 4 }) }, { requiredKeys: ['title'] })
    const steps = fc.sample(fc.record({ content, dice: fc.nat({ max: 19 }), elsewhere: fc.boolean() }), { numRuns: changes, seed: 11 })
    for (const { content, dice, elsewhere } of steps) {
      const at = elsewhere ? other : app
      const last = stored.at(-1)
      const headers = { 'if-match': `"${stored.length}"` }
      if (last === 'deleted' || last === undefined) {
        if (dice < 10) stored.push(documentOf(await send(at, 'PUT', url, content, { 'if-none-match': '*' }), 201))
        else stored.push(documentOf(await send(at, 'POST', `${url}/revisions/${stored.length - 1}/restore`, undefined, headers)))
      } else if (dice === 0) {
        const reply = await send(at, 'DELETE', url, undefined, headers)
        if (reply.statusCode !== 204) throw new Error(reply.body)
        stored.push('deleted')
      } else {
        const reply = dice < 3
          ? await send(at, 'POST', `${url}/${last.status === 'draft' ? 'publish' : 'unpublish'}`, undefined, headers)
          : await send(at, dice < 12 ? 'PUT' : 'PATCH', url, content, headers)
        const document = documentOf(reply)
        if (document.version > last.version) stored.push(document)
      }
    }
    t.ok(stored.length > 0.8 * changes && stored.filter((state) => state === 'deleted').length > 0.02 * changes, `${stored.length} versions`)

    const listed: Page['items'][number][] = []
    for (let next: string | undefined = `${url}/revisions?limit=100`; next !== undefined;) {
      const page: Page = (await send(app, 'GET', next)).json<Page>()
      listed.push(...page.items)
      next = page.next && `${url}/revisions?limit=100&cursor=${page.next}`
    }
    t.strictSame(listed.map(({ version }) => version), stored.map((_, i) => stored.length - i))
    let wrong = 0
    for (const { version, kind, at } of listed) {
      const state = stored[version - 1] ?? 'deleted'
      const before = stored[version - 2]
      const reply = await send(version % 2 === 0 ? app : other, 'GET', `${url}/revisions/${version}`)
      const right = state === 'deleted'
        ? kind === 'deleted' && reply.statusCode === 410
        : at === state.updatedAt && kind === (before === undefined || before === 'deleted' ? 'created' : 'updated') && t.strictSame(reply.json(), state)
      if (!right) wrong++
    }
    t.equal(wrong, 0)
    t.ok(await db.collection('articles.revisions').countDocuments() > 0, 'most of them are in the collection of revisions')
  })
}
