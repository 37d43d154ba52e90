import { Type, type TSchema } from '@sinclair/typebox'
import fastify from 'fastify'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { jsonEquals, type Json } from '../../src/merge/json.js'
import { applyMergePatch } from '../../src/merge/merge-patch.js'
import { mergePatchSchema } from '../../src/merge/merge-patch-schema.js'

const article = Type.Object({
  title: Type.String({ minLength: 1, maxLength: 200 }),
  body: Type.String({ default: '' }),
  kind: Type.Union([Type.Literal('news'), Type.Literal('essay')], { default: 'news' }),
  tags: Type.Array(Type.String({ minLength: 1 }), { default: [], maxItems: 3 }),
  summary: Type.Optional(Type.String()),
  mark: Type.Optional(Type.Literal('x')),
  author: Type.Object({ name: Type.String(), site: Type.Optional(Type.String()) }, { additionalProperties: false }),
  place: Type.Optional(Type.Object({ lat: Type.Number(), lon: Type.Number() }, { additionalProperties: false, minProperties: 2 })),
  links: Type.Optional(Type.Record(Type.String(), Type.String())),
  media: Type.Optional(Type.Union([Type.Object({ url: Type.String() }), Type.String()]))
}, { $id: 'article', additionalProperties: false })

/** What a Fastify route with this body schema answers: 200, or the pointers that its validator names. */
function validator (t: Test, schema: TSchema) {
  const app = fastify({ ajv: { customOptions: { allErrors: true, removeAdditional: false, coerceTypes: false } } })
  t.teardown(() => app.close())
  app.addSchema(article)
  app.setErrorHandler((error: { validation?: { instancePath: string }[] }, _request, reply) =>
    reply.code(422).send(error.validation?.map(({ instancePath }) => instancePath)))
  app.post('/', { schema: { body: schema } }, (request, reply) => reply.send(request.body))
  return async (body: Json): Promise<{ valid: boolean, body: unknown }> => {
    const response = await app.inject({ method: 'POST', url: '/', payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    return { valid: response.statusCode === 200, body: response.json() }
  }
}

t.test('what a patch may hold', async t => {
  const validate = validator(t, mergePatchSchema(article))
  const allowed: readonly Json[] = [
    {},
    { title: 'a' },
    { body: null, kind: null, tags: null, summary: null, mark: null, place: null, links: null, media: null },
    { author: { site: null } },
    { author: { name: 'Ada' } },
    { place: { lat: 1 } },
    { links: { home: 'a', work: null } },
    { media: { url: null } },
    { mark: 'x', kind: 'essay' }
  ]
  for (const patch of allowed) t.strictSame(await validate(patch), { valid: true, body: patch }, JSON.stringify(patch))
  const refused: readonly [Json, readonly string[]][] = [
    [{ title: null }, ['/title']],
    [{ title: '' }, ['/title']],
    [{ author: null }, ['/author']],
    [{ author: { name: null, x: 1 } }, ['/author', '/author/name']],
    [{ place: { lat: null } }, ['/place/lat']],
    [{ summary: 1 }, ['/summary']],
    [{ mark: 'y' }, ['/mark']],
    [{ tags: ['a', null] }, ['/tags/1']],
    [{ tags: ['a', 'b', 'c', 'd'] }, ['/tags']],
    [{ links: { home: 1 } }, ['/links/home']],
    [{ unknown: 1, title: 2 }, ['', '/title']],
    [{ unknown: null }, ['']],
    [[], ['']]
  ]
  for (const [patch, pointers] of refused) t.strictSame(await validate(patch), { valid: false, body: pointers }, JSON.stringify(patch))
})

t.test('the schema of the document is as it was', t => {
  const before = JSON.stringify(article)
  mergePatchSchema(article)
  t.equal(JSON.stringify(article), before)
  t.end()
})

t.test('a member named __proto__, an intersection, a pattern and unions of scalars', async t => {
  const named = Type.Object(Object.fromEntries([['__proto__', Type.Optional(Type.Number())]]), { additionalProperties: false })
  const schema = Type.Intersect([
    Type.Object({ a: Type.Number() }),
    Type.Object({ b: Type.Optional(Type.Object({ c: Type.Number() })), d: Type.Optional(Type.Union([Type.Number(), Type.String()])) })
  ])
  const pattern = Type.Record(Type.String({ pattern: '^n' }), Type.Number(), { additionalProperties: Type.Boolean() })
  const rows: readonly [TSchema, Json, boolean][] = [
    [schema, { b: { c: 1 } }, true],
    [schema, { b: null, d: null }, true],
    [schema, { d: 'x' }, true],
    [schema, { d: true }, false],
    [schema, { a: null }, false],
    [schema, { b: { c: 'x' } }, false],
    [pattern, { n1: null, x: null }, true],
    [pattern, { n1: 1, x: true }, true],
    [pattern, { n1: true }, false],
    [pattern, { x: 1 }, false]
  ]
  for (const [document, patch, valid] of rows) {
    const validate = validator(t, mergePatchSchema(document))
    t.equal((await validate(patch)).valid, valid, JSON.stringify(patch))
  }
  t.strictSame(JSON.parse(JSON.stringify(mergePatchSchema(named))), JSON.parse(
    '{"type":"object","additionalProperties":false,"properties":{"__proto__":{"type":["number","null"]}}}'))
})

t.test('no patch from one valid document to another is refused', async t => {
  const validate = validator(t, mergePatchSchema(article))
  const string = fc.string({ minLength: 1, maxLength: 3 })
  const document = fc.record({
    title: string,
    body: fc.string({ maxLength: 3 }),
    kind: fc.constantFrom('news', 'essay'),
    tags: fc.array(string, { maxLength: 3 }),
    summary: string,
    mark: fc.constant('x'),
    author: fc.record({ name: string, site: string }, { requiredKeys: ['name'] }),
    place: fc.record({ lat: fc.integer(), lon: fc.integer() }),
    links: fc.dictionary(fc.constantFrom('a', 'b', 'c'), string),
    media: fc.oneof(string, fc.record({ url: string }))
  }, { requiredKeys: ['title', 'body', 'kind', 'tags', 'author'] })
  const isObject = (value: Json | undefined): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value)
  const patchFrom = (from: Json | undefined, to: Json): Json => {
    if (!isObject(to)) return to
    const base = isObject(from) ? from : {}
    return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(to)])]
      .filter(name => !jsonEquals(base[name], to[name]))
      .map(name => [name, to[name] === undefined ? null : patchFrom(base[name], to[name])]))
  }
  await fc.assert(fc.asyncProperty(document, document, async (from, to) => {
    const patch = patchFrom(from, to)
    return jsonEquals(applyMergePatch(from, patch), to) && (await validate(patch)).valid
  }), { numRuns: 300 })
  t.pass()
})
