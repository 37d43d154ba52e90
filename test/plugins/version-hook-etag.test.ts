import fastifyEtag from '@fastify/etag'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { errors } from '../../src/errors.js'
import { versionHook } from '../../src/plugins/version-hook.js'
import { problemDetailsPlugin } from '../../src/plugins/problem-details.js'

const document = { id: 'a', version: 6, updatedAt: new Date('2026-01-01T00:00:00Z') }
const orders = ['etag first', 'etag last', 'etag first, problem details', 'etag last, problem details'] as const

const build = async (t: Test, order: typeof orders[number]) => {
  const app = Fastify()
  t.teardown(() => app.close())
  if (order.startsWith('etag first')) await app.register(fastifyEtag)
  if (order.endsWith('problem details')) await app.register(problemDetailsPlugin)
  await app.register(versionHook)
  if (order.startsWith('etag last')) await app.register(fastifyEtag)
  app.addHook('onRequest', (request, _reply, done) => done(request.headers.authorization === undefined ? undefined : errors.notFound()))
  const config = { versionHook: true }
  app.get('/a', { config }, (_request, reply) => reply.sendVersion(document))
  app.put('/a', { config }, (_request, reply) => reply.sendVersion(document))
  app.patch('/a', { config }, (_request, reply) => reply.refuse(document))
  app.delete('/a', { config }, (_request, reply) => reply.code(204).send())
  app.put('/untagged', { config }, () => ({ done: true }))
  app.put('/late', { config }, (_request, reply) => {
    reply.setVersion(document)
    throw errors.duplicate()
  })
  app.get('/missing', { config }, (_request, reply) => reply.sendVersion(null))
  app.get('/handmade', { config }, (_request, reply) => reply.code(409).header('etag', '"6"').send({ own: true }))
  app.get('/list', () => [1, 2, 3])
  return app
}

t.test('beside @fastify/etag', async (t) => {
  for (const order of orders) {
    await t.test(order, async (t) => {
      const app = await build(t, order)
      const ask = async (method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'DELETE', url: string, headers: Record<string, string> = {}) => {
        const reply = await app.inject({ method, url, headers })
        return { status: reply.statusCode, etag: reply.headers.etag, empty: reply.body === '' }
      }

      t.strictSame(await ask('GET', '/a'), { status: 200, etag: '"6"', empty: false }, 'the version tag is not overwritten')
      t.strictSame(await ask('GET', '/a', { 'if-none-match': '"6"' }), { status: 304, etag: '"6"', empty: true })
      t.strictSame(await ask('HEAD', '/a', { 'if-none-match': '"5", W/"6"' }), { status: 304, etag: '"6"', empty: true })
      t.strictSame(await ask('GET', '/a', { 'if-match': '"5"', 'if-none-match': '"6"' }), { status: 412, etag: '"6"', empty: false })

      for (const tag of ['"6"', 'W/"6"']) {
        const headers = { 'if-match': '"5"', 'if-none-match': tag }
        t.strictSame(await ask('PUT', '/a', headers), { status: 200, etag: '"6"', empty: false }, 'a change that was done is not a 304')
        t.strictSame(await ask('PATCH', '/a', headers), { status: 409, etag: '"6"', empty: false }, 'nor is one that was refused')
        t.strictSame(await ask('DELETE', '/a', headers), { status: 204, etag: undefined, empty: true })
        t.strictSame(await ask('GET', '/handmade', headers), { status: 409, etag: '"6"', empty: false })
      }

      t.strictSame(await ask('PUT', '/untagged'), { status: 200, etag: undefined, empty: false }, 'a hash would look like a version')
      t.strictSame(await ask('GET', '/missing'), { status: 404, etag: undefined, empty: false }, 'an error is not hashed')
      t.strictSame(await ask('PUT', '/late'), { status: 409, etag: undefined, empty: false }, 'an error has no tag but its own')
      t.strictSame(await ask('PUT', '/a', { 'if-match': 'five' }), { status: 400, etag: undefined, empty: false })
      t.strictSame(await ask('GET', '/a', { authorization: 'x' }), { status: 404, etag: undefined, empty: false }, 'nor one thrown before the hook')
      t.strictSame(await ask('PUT', '/a', { 'if-none-match': '*', authorization: 'x' }), { status: 404, etag: undefined, empty: false })

      const { etag } = await ask('GET', '/list')
      t.type(etag, 'string', 'everything else is hashed')
      t.strictSame(await ask('GET', '/list', { 'if-none-match': String(etag) }), { status: 304, etag, empty: true })
    })
  }
})

t.test('no error becomes a 304, though If-None-Match has the hash of its body', async (t) => {
  for (const first of [true, false]) {
    const app = Fastify()
    t.teardown(() => app.close())
    const hash = { hashFn: () => 'constant' }
    if (first) await app.register(fastifyEtag, hash)
    app.addHook('onRequest', (request, _reply, done) => done(request.headers.authorization === undefined ? undefined : errors.notFound()))
    await app.register(versionHook)
    if (!first) await app.register(fastifyEtag, hash)
    app.get('/a', { config: { versionHook: true } }, (_request, reply) => reply.sendVersion(null))
    for (const headers of [{}, { authorization: 'x' }]) {
      const reply = await app.inject({ url: '/a', headers: { ...headers, 'if-none-match': '"constant"' } })
      t.strictSame([reply.statusCode, reply.headers.etag], [404, undefined])
    }
  }
})
