import { MongoServerError } from 'mongodb'
import t from 'tap'
import { loggedError } from '../../src/plugins/logged-error.js'

t.test('the values that a driver quotes are left out, in causes too', (t) => {
  const error = new Error('mongodb://ada:s3cret@db.example/notes is not there', {
    cause: new MongoServerError({ message: 'E11000 duplicate key error collection: notes.users index: email_1 dup key: { email: "ada@example.com" }', code: 11000, keyValue: { email: 'ada@example.com' } })
  })
  const logged = loggedError(error)
  t.match(logged, { type: 'Error', message: 'mongodb://***/notes is not there', cause: { type: 'MongoServerError', code: 11000, message: 'E11000 duplicate key error collection: notes.users index: email_1 dup key: ***' } })
  t.match(logged.stack, /logged-error\.test/)
  t.notMatch(JSON.stringify(logged), /ada[@:]|s3cret|example\.com/)
  t.end()
})

t.test('paths of packages stay in the stack, and what is no error has a type', (t) => {
  const error = Object.assign(new Error('at /node_modules/@fastify/x/index.js:1'), { code: 'E_X', stack: undefined })
  t.strictSame(loggedError(error), { type: 'Error', code: 'E_X', message: 'at /node_modules/@fastify/x/index.js:1', stack: '' })
  t.strictSame(loggedError('ada@example.com'), { type: 'string', message: '', stack: '' })
  t.end()
})

t.test('causes that go round end', (t) => {
  const error = new Error('round')
  error.cause = error
  t.match(loggedError(error), { cause: { cause: { message: 'round' } } })
  t.end()
})
