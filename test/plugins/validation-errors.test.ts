import { Type, type TSchema } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { buildProblemApp, problem } from './problem-app.js'

const strict = { additionalProperties: false }

const errorsOf = async (t: Test, body: TSchema, payload: object | string) => {
  const app = await buildProblemApp(t, (app) => {
    app.post('/', { schema: { body } }, () => 'stored')
  })
  const reply = await app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': 'application/json' } })
  t.equal(reply.statusCode, 422)
  return (reply.json<{ errors: unknown }>()).errors
}

t.test('every broken rule is listed, with the pointer of the value', async (t) => {
  const schema = Type.Object({
    title: Type.String({ minLength: 1 }), short: Type.String({ minLength: 2, maxLength: 3 }), long: Type.String({ maxLength: 1 }),
    tags: Type.Array(Type.String(), { uniqueItems: true, maxItems: 2 }), none: Type.Array(Type.Any(), { minItems: 1 }), some: Type.Array(Type.Any(), { minItems: 2 }),
    count: Type.Integer({ minimum: 1 }), most: Type.Number({ maximum: 5, multipleOf: 3 }), more: Type.Number({ exclusiveMinimum: 1 }), less: Type.Number({ exclusiveMaximum: 1 }),
    code: Type.String({ pattern: '^[a-z]+$' }), mail: Type.String({ format: 'email' }), 'a/b~c': Type.Boolean(), state: Type.Unsafe<string>({ type: 'string', enum: ['draft', 'published'] }),
    fixed: Type.Literal('x'), nested: Type.Object({ need: Type.String(), 'n/e': Type.String() }, strict), map: Type.Object({}, { minProperties: 1 }), few: Type.Object({}, { maxProperties: 1 }),
    never: Type.Never(), list: Type.Array(Type.Object({ id: Type.Integer() }))
  }, strict)
  const errors = await errorsOf(t, schema, {
    title: '', short: 'a', long: 'ab', tags: ['a', 'b', 'a'], none: [], some: [1], count: 0, most: 7, more: 1, less: 1, code: 'A1', mail: 'x', 'a/b~c': 1,
    state: 'gone', fixed: 'y', nested: { other: 1 }, map: {}, few: { a: 1, b: 2 }, never: 1, list: [{ id: 1 }, { id: 'x' }, {}], $where: 1, 'u/~': 1
  })
  t.strictSame(new Set(errors as object[]), new Set([
    { pointer: '/title', message: 'must not be empty' },
    { pointer: '/short', message: 'must have at least 2 characters' },
    { pointer: '/long', message: 'must have at most 1 character' },
    { pointer: '/tags/2', message: 'must differ from /tags/0' },
    { pointer: '/tags', message: 'must have at most 2 items' },
    { pointer: '/none', message: 'must not be empty' },
    { pointer: '/some', message: 'must have at least 2 items' },
    { pointer: '/count', message: 'must be at least 1' },
    { pointer: '/most', message: 'must be at most 5' },
    { pointer: '/most', message: 'must be a multiple of 3' },
    { pointer: '/more', message: 'must be more than 1' },
    { pointer: '/less', message: 'must be less than 1' },
    { pointer: '/code', message: 'must match the pattern ^[a-z]+$' },
    { pointer: '/mail', message: 'must have the format email' },
    { pointer: '/a~1b~0c', message: 'must be true or false' },
    { pointer: '/state', message: 'must be "draft" or "published"' },
    { pointer: '/fixed', message: 'must be "x"' },
    { pointer: '/nested/need', message: 'is required' },
    { pointer: '/nested/n~1e', message: 'is required' },
    { pointer: '/nested/other', message: 'is not a known field' },
    { pointer: '/map', message: 'must not be empty' },
    { pointer: '/few', message: 'must have at most 1 field' },
    { pointer: '/never', message: 'is not allowed' },
    { pointer: '/list/1/id', message: 'must be an integer' },
    { pointer: '/list/2/id', message: 'is required' },
    { pointer: '/$where', message: 'is not a known field' },
    { pointer: '/u~1~0', message: 'is not a known field' }
  ]))
})

t.test('the sentence of the whole names the first, and how many more', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.post('/', { schema: { body: Type.Object({ a: Type.String(), b: Type.String() }) } }, () => 'stored')
  })
  const post = async (payload: string) => (await app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': 'application/json' } })).json<object>()
  t.strictSame(await post('{"a":"x"}'), problem('invalid', 'Unprocessable Content', 422, '/b is required', '/', { errors: [{ pointer: '/b', message: 'is required' }] }))
  t.strictSame(await post('{"a":1}'), problem('invalid', 'Unprocessable Content', 422, '/b is required (and 1 more: see errors)', '/', {
    errors: [{ pointer: '/b', message: 'is required' }, { pointer: '/a', message: 'must be a string' }]
  }))
  for (const payload of ['[]', '5', 'null', '"x"', 'true']) {
    t.strictSame(await post(payload), problem('invalid', 'Unprocessable Content', 422, 'The body must be an object', '/', { errors: [{ pointer: '', message: 'must be an object' }] }), payload)
  }
})

t.test('a choice between values is one sentence, a choice between objects keeps what its branches say', async (t) => {
  const nullable = Type.Object({ a: Type.Union([Type.String(), Type.Null()]), b: Type.Union([Type.Literal('x'), Type.Literal('y'), Type.Literal(3)]) })
  t.strictSame(await errorsOf(t, nullable, { a: 1, b: 'z' }), [
    { pointer: '/a', message: 'must be a string or null' },
    { pointer: '/b', message: 'must be "x", "y" or 3' }
  ])
  const objects = Type.Object({ a: Type.Union([Type.Object({ x: Type.String() }), Type.Object({ y: Type.String() })]) })
  t.strictSame(await errorsOf(t, objects, { a: {} }), [
    { pointer: '/a/x', message: 'is required' },
    { pointer: '/a/y', message: 'is required' }
  ])
})

t.test('names and conditions', async (t) => {
  const names = Type.Unsafe<object>({ type: 'object', propertyNames: { pattern: '^[a-z]+$' } })
  t.strictSame(await errorsOf(t, names, { ab: 1, A1: 1 }), [{ pointer: '/A1', message: 'has a name that is not allowed' }])
  const condition = Type.Unsafe<object>({ type: 'object', if: { required: ['a'] }, then: { required: ['b'] }, not: { required: ['c'] } })
  t.strictSame(new Set(await errorsOf(t, condition, { a: 1, c: 1 }) as object[]), new Set([{ pointer: '', message: 'is not allowed' }, { pointer: '/b', message: 'is required' }]))
})

t.test('operators of MongoDB and __proto__ are values and names like any other', async (t) => {
  const schema = Type.Object({ title: Type.String() }, strict)
  t.strictSame(await errorsOf(t, schema, '{"title":{"$ne":1}}'), [{ pointer: '/title', message: 'must be a string' }])
  t.strictSame(await errorsOf(t, schema, '{"title":"a","__proto__":{"x":1},"a.b":1}'), [
    { pointer: '/__proto__', message: 'is not a known field' },
    { pointer: '/a.b', message: 'is not a known field' }
  ])
})

t.test('pointers are cut where a name is long, and the list at 1000', async (t) => {
  const schema = Type.Object({}, strict)
  t.strictSame(await errorsOf(t, schema, { ['n'.repeat(10_000)]: 1 }), [{ pointer: `/${'n'.repeat(254)}…`, message: 'is not a known field' }])
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`field${index}`, 1]))
  t.equal((await errorsOf(t, schema, many) as object[]).length, 1000)
})

t.test('path, query and headers that cannot be read are 400, and come before the body', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.put('/things/:id', {
      schema: {
        params: Type.Object({ id: Type.String({ pattern: '^[0-9]+$' }) }),
        querystring: Type.Object({ limit: Type.Optional(Type.String({ maxLength: 2 })) }, strict),
        headers: Type.Object({ 'x-count': Type.Optional(Type.String({ pattern: '^[0-9]+$' })) }),
        body: Type.Object({ title: Type.String() })
      }
    }, () => 'stored')
  })
  const put = async (url: string, payload: string, headers: Record<string, string> = {}) => (await app.inject({ method: 'PUT', url, payload, headers: { 'content-type': 'application/json', ...headers } })).json<object>()
  const instance = '/things/5'
  t.strictSame(await put('/things/x', '{}'), problem('bad-request', 'Bad Request', 400, 'The path cannot be read: id must match the pattern ^[0-9]+$', '/things/x'))
  t.strictSame(await put('/things/5?limit=100&other=1', '{}'), problem('bad-request', 'Bad Request', 400, 'The query cannot be read: other is not a known field; limit must have at most 2 characters', instance))
  t.strictSame(await put('/things/5', '{}', { 'x-count': 'x' }), problem('bad-request', 'Bad Request', 400, 'The header section cannot be read: x-count must match the pattern ^[0-9]+$', instance))
  t.strictSame(await put('/things/x', '{"title":1e400}'), problem('bad-request', 'Bad Request', 400, 'The path cannot be read: id must match the pattern ^[0-9]+$', '/things/x'))
  t.strictSame(await put('/things/5', '{}'), problem('invalid', 'Unprocessable Content', 422, '/title is required', instance, { errors: [{ pointer: '/title', message: 'is required' }] }))
})
