import type { Document } from 'mongodb'
import t from 'tap'
import { buildTestApp } from '../app.js'

t.test('each read and write of one document, of its revisions and of a key names its _id, so that one shard has to do it', async (t) => {
  const { app, db } = await buildTestApp(t)
  await db.command({ profile: 2 })
  const url = '/api/articles/66c0ffee0000000000000001'
  const ask = async (expected: number, method: 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST', path: string, headers: Record<string, string> = {}, payload?: object) => {
    const reply = await app.inject({ method, url: path, headers, ...(payload !== undefined && { payload }) })
    t.equal(reply.statusCode, expected)
  }
  await ask(201, 'PUT', url, { 'if-none-match': '*', 'idempotency-key': 'k-1' }, { title: 'A', body: 'x'.repeat(9_000) })
  for (let version = 1; version < 20; version++) await ask(200, 'PATCH', url, { 'if-match': `"${version}"`, 'idempotency-key': `k-${version}0` }, { title: `A${version}`, body: String(version).repeat(4_000) })
  await ask(409, 'PATCH', url, { 'if-match': '"3"' }, { title: 'stale' })
  await ask(200, 'GET', url)
  await ask(200, 'GET', `${url}/revisions`)
  await ask(200, 'POST', `${url}/revisions/2/restore`, { 'if-match': '"20"', 'idempotency-key': 'k-restore' })
  await ask(204, 'DELETE', url, { 'if-match': '"21"' })
  await ask(409, 'PUT', url, { 'if-match': '"21"', 'idempotency-key': 'k-2' }, { title: 'A' })
  await app.close()

  const profiled = await db.collection('system.profile').find({ ns: { $in: ['articles', 'articles.revisions', 'idempotency-keys'].map((name) => `${db.databaseName}.${name}`) } }).toArray()
  const filtersOf = ({ op, command }: Document): unknown[] => {
    const { filter, q, query } = command as Document
    return ['insert', 'command'].includes(op as string) ? [] : [filter ?? q ?? query]
  }
  const filters = profiled.flatMap(filtersOf)
  t.ok(filters.length > 20)
  t.strictSame(filters.filter((filter) => Object.keys(filter as object)[0] !== '_id'), [])
  t.strictSame(['query', 'update'].filter((op) => !profiled.some((entry) => entry.op === op)), [])
})
