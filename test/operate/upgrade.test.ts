import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { defineResource } from '../../src/index.js'
import { buildTestApp, type TestApp } from '../app.js'

const common = { name: 'notes', noun: 'note' }
const closed = { additionalProperties: false }

/** The first release. */
const first = defineResource({
  ...common,
  schema: Type.Object({
    title: Type.String({ maxLength: 20 }),
    legacy: Type.Optional(Type.String()),
    rank: Type.Optional(Type.Union([Type.String(), Type.Integer()])),
    parts: Type.Optional(Type.Array(Type.Object({ name: Type.String(), size: Type.Optional(Type.Integer()) }, closed)))
  })
})

/** The second: it has dropped `legacy` and the `size` of parts, requires `summary`, has states, and is stricter about the rest. */
const second = defineResource({
  ...common,
  schema: Type.Object({
    title: Type.String({ maxLength: 5 }),
    summary: Type.String({ minLength: 1 }),
    level: Type.Integer({ default: 1 }),
    rank: Type.Optional(Type.Integer()),
    parts: Type.Optional(Type.Array(Type.Object({ name: Type.String() }, closed)))
  }),
  states: { field: 'state', initial: 'open', transitions: { solve: { from: ['open'], to: 'solved' } } }
})

interface Reply { readonly status: number, readonly body: Record<string, unknown>, readonly etag: unknown }

const client = (app: FastifyInstance) => async (method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE', url: string, version?: number | '*', payload?: object, headers: Record<string, string> = {}): Promise<Reply> => {
  const condition: Record<string, string> = version === undefined ? {} : version === '*' ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` }
  const reply = await app.inject({ method, url: `/api/notes${url}`, headers: { ...condition, ...headers }, ...(payload !== undefined && { payload }) })
  return { status: reply.statusCode, body: reply.body === '' ? {} : reply.json<Record<string, unknown>>(), etag: reply.headers.etag }
}

const dates = ({ createdAt, updatedAt, ...rest }: Record<string, unknown>) => {
  t.match([createdAt, updatedAt], [/Z$/, /Z$/])
  return rest
}

const id = '66c0ffee0000000000000009'
let releases: { old: ReturnType<typeof client>, next: ReturnType<typeof client>, stored: () => Promise<unknown> }

t.before(async () => {
  const old = await buildTestApp(t, { resources: [first], mixedReleases: true })
  // The same database: two releases that run side by side.
  const next: TestApp = await buildTestApp(t, { resources: [second], mixedReleases: true, database: old.db.databaseName })
  releases = { old: client(old.app), next: client(next.app), stored: async () => (await old.db.collection('notes').findOne({}))?.data as unknown }
})

t.test('what an older schema allowed can be read: the document, its versions, the list, a conflict', async (t) => {
  const { old, next } = releases
  const content = { title: 'A long title', legacy: 'L', rank: 'high', parts: [{ name: 'a', size: 1 }, { name: 'b' }] }
  t.equal((await old('PUT', `/${id}`, '*', content)).status, 201)
  const shown = { title: 'A long title', level: 1, rank: 'high', parts: [{ name: 'a' }, { name: 'b' }], state: 'open' }
  const read = await next('GET', `/${id}`)
  t.strictSame([read.status, dates(read.body)], [200, { id, version: 1, ...shown }])
  const revision = await next('GET', `/${id}/revisions/1`)
  t.strictSame([revision.status, dates(revision.body)], [200, { id, version: 1, ...shown }])
  const list = await next('GET', '')
  t.strictSame([list.status, (list.body.items as Record<string, unknown>[]).map(dates)], [200, [{ id, version: 1, ...shown }]])
  const conflict = await next('PATCH', `/${id}`, 7, { summary: 'S' })
  t.strictSame([conflict.status, dates(conflict.body.current as Record<string, unknown>)], [409, { id, version: 1, ...shown }])
})

t.test('a write must end valid, and a 422 names each value that does not, and nothing that a GET does not show', async (t) => {
  const { next } = releases
  const errors = [
    { pointer: '/summary', message: 'is required' },
    { pointer: '/title', message: 'must have at most 5 characters' },
    { pointer: '/rank', message: 'must be an integer' }
  ]
  const patches: readonly (readonly [object, string])[] = [[{ level: 2 }, 'application/json'], [[{ op: 'replace', path: '/level', value: 2 }], 'application/json-patch+json']]
  for (const [payload, type] of patches) {
    const { status, body } = await next('PATCH', `/${id}`, 1, payload, { 'content-type': type })
    t.strictSame([status, body.errors], [422, errors])
  }
  const solved = await next('POST', `/${id}/solve`, 1)
  t.strictSame([solved.status, solved.body.errors], [422, errors])
  const unseen = await next('PATCH', `/${id}`, 1, [{ op: 'copy', from: '/legacy', path: '/title' }], { 'content-type': 'application/json-patch+json' })
  t.strictSame([unseen.status, unseen.body.errors], [422, [{ pointer: '/0', message: 'names "/legacy", which is not there in version 1' }]])
  const unknown = await next('PATCH', `/${id}`, 1, [{ op: 'add', path: '/legacy', value: 'M' }], { 'content-type': 'application/json-patch+json' })
  t.strictSame([unknown.status, (unknown.body.errors as object[]).filter((error) => !errors.some(({ pointer }) => pointer === (error as { pointer: string }).pointer))], [422, [{ pointer: '/legacy', message: 'is not a known field' }]])
})

t.test('a write that ends valid is done, and leaves what its release does not know as it is', async (t) => {
  const { old, next, stored } = releases
  const mended = await next('PATCH', `/${id}`, 1, { title: 'A', summary: 'S', rank: 1 })
  t.strictSame([mended.status, dates(mended.body)], [200, { id, version: 2, title: 'A', summary: 'S', level: 1, rank: 1, parts: [{ name: 'a' }, { name: 'b' }], state: 'open' }])
  t.strictSame(await stored(), { title: 'A', legacy: 'L', rank: 1, parts: [{ name: 'a', size: 1 }, { name: 'b' }], summary: 'S', level: 1, state: 'open' })

  const edited = await old('PATCH', `/${id}`, 2, { title: 'By the old' })
  t.strictSame([edited.status, dates(edited.body)], [200, { id, version: 3, title: 'By the old', legacy: 'L', rank: 1, parts: [{ name: 'a', size: 1 }, { name: 'b' }] }])
  const replaced = await old('PUT', `/${id}`, 3, { title: 'C', legacy: 'M' })
  t.strictSame([replaced.status, dates(replaced.body)], [200, { id, version: 4, title: 'C', legacy: 'M' }])
  t.strictSame(await stored(), { title: 'C', legacy: 'M', summary: 'S', level: 1, state: 'open' })

  const put = await next('PUT', `/${id}`, 4, (await next('GET', `/${id}`)).body)
  t.strictSame([put.status, put.etag], [200, '"4"'], 'what a GET gave changes nothing')
  const solved = await next('POST', `/${id}/solve`, 4)
  t.strictSame([solved.status, solved.body.state], [200, 'solved'])
  t.strictSame(await stored(), { title: 'C', legacy: 'M', summary: 'S', level: 1, state: 'solved' })
})

t.test('two releases merge what they change of one version', async (t) => {
  const { old, next, stored } = releases
  t.equal((await old('PATCH', `/${id}`, 5, { legacy: 'N' })).status, 200)
  const merged = await next('PATCH', `/${id}`, 5, { summary: 'T' }, { prefer: 'conflict=merge' })
  t.strictSame([merged.status, dates(merged.body)], [200, { id, version: 7, title: 'C', summary: 'T', level: 1, state: 'solved' }])
  t.strictSame(await stored(), { title: 'C', legacy: 'N', summary: 'T', level: 1, state: 'solved' })
})

t.test('a version of the older release is restored by it, and by the other where it ends valid', async (t) => {
  const { old, next, stored } = releases
  const invalid = await next('POST', `/${id}/revisions/1/restore`, 7)
  t.strictSame([invalid.status, (invalid.body.errors as { pointer: string }[]).map(({ pointer }) => pointer)], [422, ['/summary', '/title', '/rank']])
  t.equal((await old('POST', `/${id}/revisions/3/restore`, 7)).status, 200)
  t.strictSame(await stored(), { title: 'By the old', legacy: 'L', rank: 1, parts: [{ name: 'a', size: 1 }, { name: 'b' }], summary: 'T', level: 1, state: 'solved' })
  t.equal((await next('DELETE', `/${id}`, 8)).status, 204)
  t.equal((await next('POST', `/${id}/revisions/7/restore`, 9)).status, 200)
  t.strictSame(await stored(), { title: 'C', legacy: 'N', summary: 'T', level: 1, state: 'solved' })
})
