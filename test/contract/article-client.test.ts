import { Type } from '@sinclair/typebox'
import t from 'tap'
import { defineResource } from '../../src/resources/resource.js'
import { buildTestApp, listen } from '../app.js'
import { problem } from '../plugins/problem-app.js'
import { create, send, urlOf, type Document } from './stored.js'

/** An editor as the readers of an article on "HTTP 409 Conflict" write one: read, change, send with If-Match, and on 409 resolve and retry. */
const save = async (url: string, document: Document, tag: string, resolve: (latest: Document) => object): Promise<Document> => {
  let [changed, ifMatch]: [object, string] = [resolve(document), tag]
  for (;;) {
    const response = await fetch(url, { method: 'PUT', headers: { 'Content-Type': 'application/json', 'If-Match': ifMatch }, body: JSON.stringify(changed) })
    if (response.status !== 409) {
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
      return await response.json() as Document
    }
    const conflict = await response.json() as { error: string, message: string, currentVersion: number, current: Document }
    if (conflict.error !== 'Conflict') throw new Error(conflict.error)
    changed = resolve(conflict.current)
    ifMatch = tag.startsWith('"') ? response.headers.get('etag') ?? '' : String(conflict.currentVersion)
  }
}

// The many editors below send some 20 000 requests.
t.setTimeout(180_000)

t.test('two editors of one article: the edits of both are stored', async (t) => {
  const { app } = await buildTestApp(t)
  const base = await listen(app)

  for (const tagOf of [({ version }: Document) => String(version), (_: Document, etag: string) => etag]) {
    const { id } = await create(app, '/api/articles', { title: 'A', body: 'text', tags: ['x'] })
    const url = `${base}/api/articles/${id}`
    const open = async (): Promise<[Document, string]> => {
      const response = await fetch(url)
      const document = await response.json() as Document
      return [document, tagOf(document, response.headers.get('etag') ?? '')]
    }
    const [[first, firstTag], [second, secondTag]] = [await open(), await open()]
    const editable = ({ title, body, tags }: Document) => ({ title, body, tags })
    const [hers, his] = await Promise.all([
      save(url, first, firstTag, (latest) => ({ ...editable(latest), title: 'her title' })),
      save(url, second, secondTag, (latest) => ({ ...editable(latest), tags: ['his tag'] }))
    ])
    t.strictSame([hers.version, his.version].sort(), [2, 3])
    const [stored] = await open()
    t.strictSame(stored, { ...first, title: 'her title', tags: ['his tag'], version: 3, updatedAt: stored.updatedAt })
  }
})

t.test('User.create twice with one e-mail', async (t) => {
  const { app } = await buildTestApp(t)
  const base = await listen(app)
  const User = {
    create: (user: object) => fetch(`${base}/api/users`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(user) })
  }
  const first = await User.create({ email: 'ada@example.com', username: 'ada' })
  t.equal(first.status, 201)
  const user = await first.json() as Document
  const second = await User.create({ email: 'ada@example.com', username: 'countess' })
  t.equal(second.status, 409)
  const body = await second.json() as object
  t.match(body, { error: 'Conflict', message: 'A user with this email already exists', field: 'email' })
  t.strictSame(body, problem('duplicate', 'Conflict', 409, 'A user with this email already exists', '/api/users', { field: 'email', fields: ['email'], existing: { href: urlOf(user, '/api/users') }, currentVersion: 1 }))
})

const counters = defineResource({ name: 'counters', noun: 'counter', schema: Type.Object({ count: Type.Integer({ default: 0 }) }) })

for (const [storeMode, editors] of [['group', 32], ['single', 8]] as const) {
  t.test(`${editors} editors add 1 to one counter 20 times each: ${20 * editors} (${storeMode})`, { timeout: 180_000 }, async (t) => {
    const { app } = await buildTestApp(t, { resources: [counters], storeMode })
    const counter = await create(app, '/api/counters', {})
    const url = urlOf(counter, '/api/counters')
    const edit = async () => {
      let current = counter
      for (let done = 0; done < 20;) {
        const reply = await send(app, 'PUT', url, { count: Number(current.count) + 1 }, { 'if-match': `"${current.version}"` })
        if (reply.statusCode === 200) done++
        else if (reply.statusCode !== 409) throw new Error(`${reply.statusCode} ${reply.body}`)
        current = reply.statusCode === 200 ? reply.json<Document>() : reply.json<{ current: Document }>().current
      }
    }
    await Promise.all(Array.from({ length: editors }, edit))
    t.match((await send(app, 'GET', url)).json(), { count: 20 * editors, version: 20 * editors + 1 })
  })
}
