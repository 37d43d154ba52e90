import { Type } from '@sinclair/typebox'
import t from 'tap'
import { buildProblemApp, problem } from './problem-app.js'

const send = { method: 'POST', url: '/', headers: { 'content-type': 'application/json' } } as const

t.test('what MongoDB could not store is 422, listed with what breaks the schema', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.post('/', { schema: { body: Type.Object({ title: Type.String(), count: Type.Number(), meta: Type.Optional(Type.Any()) }) } }, (request) => request.body)
  })
  const reply = await app.inject({ ...send, payload: '{"title":"\\ud800","meta":[{"_bsontype":"ObjectId","a\\u0000b":1e400}]}' })
  t.equal(reply.statusCode, 422)
  t.strictSame(reply.json(), problem('invalid', 'Unprocessable Content', 422, '/title must be well-formed Unicode: it has a lone surrogate (and 4 more: see errors)', '/', {
    errors: [
      { pointer: '/title', message: 'must be well-formed Unicode: it has a lone surrogate' },
      { pointer: '/meta/0/_bsontype', message: 'must have another name: this one is kept for the database driver' },
      { pointer: '/meta/0/a\0b', message: 'must have another name: this one holds NUL' },
      { pointer: '/meta/0/a\0b', message: 'must be a number that a double can hold' },
      { pointer: '/count', message: 'is required' }
    ]
  }))
  const fine = '{"title":"$title","count":1,"meta":{"$ne":"$$ROOT","a.b":"\\u0000","__proto__":{"x":1}}}'
  t.equal((await app.inject({ ...send, payload: fine })).body, fine)
})

t.test('as deep as a body can be, also for a schema whose validator recurses', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.post('/', { schema: { body: Type.Array(Type.Any(), { uniqueItems: true }) } }, () => 'stored')
  })
  const levels = (count: number) => '['.repeat(count) + ']'.repeat(count)
  const message = 'must not be nested more than 100 levels deep'
  for (const count of [10_000, 250_000]) {
    const reply = await app.inject({ ...send, payload: `[${levels(count)},${levels(count)}]` })
    t.equal(reply.statusCode, 422)
    const [first, second] = [`/0${'/0'.repeat(99)}`, `/1${'/0'.repeat(99)}`]
    t.strictSame(reply.json(), problem('invalid', 'Unprocessable Content', 422, `${first} ${message} (and 1 more: see errors)`, '/', {
      errors: [{ pointer: first, message }, { pointer: second, message }]
    }))
  }
  t.equal((await app.inject({ ...send, payload: levels(100) })).body, 'stored')
  t.equal((await app.inject({ ...send, payload: levels(101) })).statusCode, 422)
})

t.test('a header that a hook of the route refuses as 400 comes first', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.post('/', { preValidation: (_request, _reply, next) => next(Object.assign(new Error(), { statusCode: 400 })) }, () => 'stored')
  })
  t.equal((await app.inject({ ...send, payload: '[1e400]' })).statusCode, 400)
})
