import t from 'tap'
import { buildProblemApp, problem } from './problem-app.js'

const JSON_TYPE = { 'content-type': 'application/json' }

const app = await buildProblemApp(t, (app) => {
  app.post('/echo', (request) => ({ body: request.body }))
  app.post('/publish', { config: { emptyBody: true } }, (request) => ({ body: request.body }))
  app.patch('/echo', { config: { mediaTypes: ['application/merge-patch+json', 'application/json'] } }, (request) => ({ body: request.body }))
  app.delete('/echo', (request) => ({ body: request.body }))
}, { bodyLimit: 200 })

const send = (method: 'POST' | 'PATCH' | 'DELETE', url: string, payload: string | Buffer, headers: Record<string, string> = JSON_TYPE) => app.inject({ method, url, payload, headers })

t.test('what is no JSON is 400, with the place and nothing of the text', async (t) => {
  const cases: [string, string][] = [
    ['{"a":secret}', 'The body is not JSON: line 1, column 6 has something that is no JSON value'],
    ['{"a":1', 'The body is not JSON: line 1, column 7 has no closing }'],
    ['[1,\n2', 'The body is not JSON: line 2, column 2 has no closing ]'],
    ['{"a" 1}', 'The body is not JSON: line 1, column 6 has no colon'],
    ['[1 2]', 'The body is not JSON: line 1, column 4 has no comma'],
    ['{\n  "a": 1,\n}', 'The body is not JSON: line 3, column 1 has no name, where one in double quotes should stand'],
    ['{a:1}', 'The body is not JSON: line 1, column 2 has something that is no JSON value'],
    ['{"a":/* x */1}', 'The body is not JSON: line 1, column 6 has a comment'],
    ['01', 'The body is not JSON: line 1, column 2 has more after the value'],
    ['"abc', 'The body is not JSON: line 1, column 1 has a string without an end'],
    ['"\\x"', 'The body is not JSON: line 1, column 1 has an escape that JSON does not have'],
    ['"\\u12"', 'The body is not JSON: line 1, column 1 has a \\u without four hexadecimal digits'],
    ['"a\tb"', 'The body is not JSON: line 1, column 1 has a control character in a string'],
    ['\ufeff{}', 'The body is not JSON: line 1, column 1 has something that is no JSON value'],
    ['   ', 'The body is not JSON: line 1, column 4 has no value, where one should stand']
  ]
  for (const [text, detail] of cases) {
    const reply = await send('POST', '/echo', text)
    t.equal(reply.statusCode, 400, text)
    t.strictSame(reply.json(), problem('bad-request', 'Bad Request', 400, detail, '/echo'), text)
  }
})

t.test('broken and nested deeper than a parser of errors can follow', async (t) => {
  const deep = await buildProblemApp(t, (app) => {
    app.post('/', () => 'a')
  })
  const reply = await deep.inject({ method: 'POST', url: '/', payload: '['.repeat(500_000), headers: JSON_TYPE })
  t.equal(reply.statusCode, 400)
  t.strictSame(reply.json(), problem('bad-request', 'Bad Request', 400, 'The body is not JSON', '/'))
})

t.test('what is not UTF-8 is 400', async (t) => {
  for (const bytes of [[0x22, 0xff, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xc3]]) {
    t.strictSame((await send('POST', '/echo', Buffer.from(bytes))).json(), problem('bad-request', 'Bad Request', 400, 'The body is not UTF-8', '/echo'))
  }
  t.strictSame((await send('POST', '/echo', '"é😀"')).json(), { body: 'é😀' })
})

t.test('the media type, whatever its case and parameters', async (t) => {
  for (const type of ['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'application/json; v=1; charset=utf8']) {
    t.strictSame((await send('POST', '/echo', '{"a":1}', { 'content-type': type })).json(), { body: { a: 1 } }, type)
  }
  t.strictSame((await send('PATCH', '/echo', '{"a":null}', { 'content-type': 'application/merge-patch+json' })).json(), { body: { a: null } })
})

t.test('another one is 415, and says which would do', async (t) => {
  const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/merge-patch+json', 'application/jsonx', 'application/ld+json', 'nonsense', 'a/b/c', '/']
  for (const type of types) {
    const reply = await send('POST', '/echo', '{"a":1}', { 'content-type': type })
    t.equal(reply.statusCode, 415, type)
    t.equal(reply.headers.accept, 'application/json', type)
    t.strictSame(reply.json(), problem('unsupported-media-type', 'Unsupported Media Type', 415, 'The Content-Type is another one; this URL takes application/json', '/echo'), type)
  }
  const none = await send('POST', '/echo', '{"a":1}', {})
  t.equal(none.statusCode, 415)
  t.strictSame(none.json(), problem('unsupported-media-type', 'Unsupported Media Type', 415, 'The body has no Content-Type; this URL takes application/json', '/echo'))
  const patch = await send('PATCH', '/echo', '{"a":1}', { 'content-type': 'application/json-patch+json' })
  t.equal(patch.statusCode, 415)
  t.equal(patch.headers['accept-patch'], 'application/merge-patch+json, application/json')
  t.notOk('accept' in patch.headers)
  const charset = await send('POST', '/echo', '{"a":1}', { 'content-type': 'application/json; charset=latin1' })
  t.strictSame(charset.json(), problem('unsupported-media-type', 'Unsupported Media Type', 415, 'The charset is not UTF-8; this URL takes application/json', '/echo'))
})

t.test('a Content-Encoding is 415, with Accept-Encoding', async (t) => {
  const reply = await send('POST', '/echo', '{"a":1}', { ...JSON_TYPE, 'content-encoding': 'gzip' })
  t.equal(reply.statusCode, 415)
  t.equal(reply.headers['accept-encoding'], 'identity')
  t.strictSame(reply.json(), problem('unsupported-media-type', 'Unsupported Media Type', 415, 'The body has a Content-Encoding, which this service does not take', '/echo'))
  t.equal((await send('POST', '/echo', '{"a":1}', { ...JSON_TYPE, 'content-encoding': 'Identity' })).statusCode, 200)
})

t.test('an empty body: 400 where the route takes one, none where it does without', async (t) => {
  const empty = problem('bad-request', 'Bad Request', 400, 'The body is empty', '/echo')
  t.strictSame((await send('POST', '/echo', '')).json(), empty)
  t.strictSame((await app.inject({ method: 'POST', url: '/echo' })).json(), empty)
  t.strictSame((await app.inject({ method: 'PATCH', url: '/echo' })).json(), empty)
  for (const headers of [JSON_TYPE, { 'content-type': 'text/plain' }, {}]) {
    t.strictSame((await send('POST', '/publish', '', headers)).json(), {})
    t.strictSame((await send('DELETE', '/echo', '', headers)).json(), {})
  }
  t.strictSame((await send('POST', '/publish', '{"a":1}')).json(), { body: { a: 1 } })
})

t.test('a body over the limit is 413 before its media type or its text is looked at', async (t) => {
  const tooLarge = problem('too-large', 'Content Too Large', 413, 'The body is larger than 200 bytes', '/echo')
  for (const headers of [JSON_TYPE, { 'content-type': 'text/plain' }, { 'content-type': 'nonsense' }, {}]) {
    const reply = await send('POST', '/echo', 'x'.repeat(201), headers)
    t.equal(reply.statusCode, 413)
    t.equal(reply.headers.connection, 'close')
    t.strictSame(reply.json(), tooLarge)
  }
  t.equal((await send('POST', '/echo', `"${'x'.repeat(198)}"`)).statusCode, 200)
})

t.test('__proto__ is a name like any other', async (t) => {
  const text = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'
  t.equal((await send('POST', '/echo', text)).body, `{"body":${text}}`)
  t.notOk('admin' in {})
})
