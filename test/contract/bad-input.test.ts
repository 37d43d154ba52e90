import t from 'tap'
import { buildTestApp, listen } from '../app.js'
import { problem } from '../plugins/problem-app.js'
import { exchange } from '../plugins/raw-http.js'
import { articleAt, badRequest, create, invalid, send, urlOf } from './stored.js'

const url = '/api/articles'
const wellFormed = 'must be well-formed Unicode: it has a lone surrogate'
const notJson = 'The body is not JSON: line 1, column'

t.test('bodies', async (t) => {
  const { app } = await buildTestApp(t)

  t.test('that are not JSON: 400 that says where', async (t) => {
    for (const [body, detail] of [
      ['{"title":', `${notJson} 10 has no value, where one should stand`], ['{title:"A"}', `${notJson} 2 has something that is no JSON value`], ["{'title':'A'}", /not JSON/], ['{"title":"A",}', /not JSON/],
      ['{"title":"A"}x', /not JSON/], ['{"title":NaN}', /not JSON/], ['{"title":"\\x"}', /not JSON/], ['{"title":"a\nb"}', /not JSON/], ['\ufeff{"title":"A"}', /not JSON/], ['// hi\n{}', /not JSON/], ['undefined', /not JSON/],
      [' ', /not JSON/], ['', 'The body is empty']
    ] as const) {
      const reply = await send(app, 'POST', url, body)
      t.equal(reply.statusCode, 400, body)
      if (typeof detail === 'string') t.strictSame(reply.json(), badRequest(detail, url))
      else t.match(reply.json(), { type: '/problems/bad-request', detail })
    }
    const bytes = await app.inject({ method: 'POST', url, payload: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), headers: { 'content-type': 'application/json' } })
    t.equal(bytes.statusCode, 400)
    t.strictSame(bytes.json(), badRequest('The body is not UTF-8', url))
  })

  t.test('that are not an object: 422', async (t) => {
    for (const body of ['[]', '[{"title":"A"}]', '"A"', '1', 'null', 'true']) {
      const reply = await send(app, 'POST', url, body)
      t.equal(reply.statusCode, 422)
      t.strictSame(reply.json(), invalid(url, ['', 'must be an object']))
    }
  })

  t.test('with fields and values that no article has: 422 with pointers', async (t) => {
    const cases: readonly [body: string, ...errors: [pointer: string, message: string][]][] = [
      ['{"title":"A","other":1}', ['/other', 'is not a known field']],
      ['{"title":{"$ne":1}}', ['/title', 'must be a string']],
      ['{"title":["A"]}', ['/title', 'must be a string']],
      ['{"title":1}', ['/title', 'must be a string']],
      ['{"title":null}', ['/title', 'must be a string']],
      ['{"title":"A","$set":{"version":9}}', ['/$set', 'is not a known field']],
      ['{"title":"A","tags.0":"x"}', ['/tags.0', 'is not a known field']],
      ['{"title":"A","__proto__":{"status":"published"}}', ['/__proto__', 'is not a known field']],
      ['{"title":"A","constructor":{"prototype":{}}}', ['/constructor', 'is not a known field']],
      ['{"title":"A","_id":"x"}', ['/_id', 'is not a known field']],
      ['{"title":"A","deletedAt":null}', ['/deletedAt', 'is not a known field']],
      ['{"title":"A","writes":[]}', ['/writes', 'is not a known field']],
      ['{"title":"\\ud800"}', ['/title', wellFormed]],
      ['{"title":"A","tags":["\\udc00x"]}', ['/tags/0', wellFormed]],
      ['{"title":1e400}', ['/title', 'must be a number that a double can hold'], ['/title', 'must be a string']],
      ['{"title":"A","_bsontype":"ObjectId"}', ['/_bsontype', 'must have another name: this one is kept for the database driver'], ['/_bsontype', 'is not a known field']],
      ['{"title":"A","a\\u0000b":1}', ['/a\0b', 'must have another name: this one holds NUL'], ['/a\0b', 'is not a known field']],
      ['{"title":"A","\\ud800":1}', ['/\ufffd', 'must have another name: this one is not well-formed Unicode'], ['/\ufffd', 'is not a known field']]
    ]
    for (const [body, ...errors] of cases) {
      const reply = await send(app, 'POST', url, body)
      t.equal(reply.statusCode, 422, body)
      t.strictSame(reply.json(), invalid(url, ...errors))
    }
    t.equal(({} as { status?: string }).status, undefined)
  })

  t.test('nested 10 000 levels deep: 422', async (t) => {
    for (const body of [`{"title":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`]) {
      const reply = await send(app, 'POST', url, body)
      t.equal(reply.statusCode, 422)
      t.match(reply.json<{ errors: object[] }>().errors, [{ message: 'must not be nested more than 100 levels deep' }])
    }
    t.match((await send(app, 'POST', url, '['.repeat(100_000))).json(), { status: 400 })
  })

  t.test('a name that is there twice: the last counts, as JSON.parse has it', async (t) => {
    const reply = await send(app, 'POST', '/api/users', '{"email":"a@example.com","username":"x","username":"y"}')
    t.match(reply.json(), { username: 'y' })
  })

  t.strictSame((await send(app, 'GET', url)).json(), { items: [] }, 'nothing was stored')
})

t.test('a poisoned body among 63 good ones fails alone', async (t) => {
  const { app } = await buildTestApp(t)
  const base = await listen(app)
  const article = await articleAt(app, 1)
  for (const poison of ['{"title":"\\ud800"}', '{"title":1e400}', '{"title":"A","_bsontype":"Binary"}', '{"title":"A","a\\u0000":1}', `{"title":${'['.repeat(10_000)}${']'.repeat(10_000)}}`]) {
    const replies = await Promise.all(Array.from({ length: 64 }, async (_, i) => {
      const reply = await fetch(base + url, { method: 'POST', body: i === 31 ? poison : JSON.stringify({ title: `good ${i}` }), headers: { 'content-type': 'application/json' } })
      await reply.text()
      return reply.status
    }))
    t.strictSame(replies, Array.from({ length: 64 }, (_, i) => i === 31 ? 422 : 201))
  }
  t.match((await send(app, 'GET', urlOf(article))).json(), { version: 1 })
})

t.test('ids', async (t) => {
  const { app } = await buildTestApp(t)
  await listen(app)
  const rule = 'The id in the URL must be 24 hexadecimal digits'

  for (const id of ['%00', '%0A', '%20', '%2F', '%F0%9F%98%80', '$ne', '[object%20Object]', '{"$gt":""}', 'null', '0', `${'a'.repeat(24)}%00`, `${'a'.repeat(24)}%0A`, 'a'.repeat(10_240)]) {
    const at = `${url}/${encodeURI(id).replaceAll('%25', '%')}`
    const reply = await send(app, 'GET', at)
    t.equal(reply.statusCode, 400, id.slice(0, 40))
    t.match(reply.json(), { type: '/problems/bad-request', detail: rule })
  }
  for (const id of ['%', '%zz', '%E0%A4', '%FF']) {
    const reply = await send(app, 'GET', `${url}/${id}`)
    t.equal(reply.statusCode, 400, id)
    t.match(reply.json(), { type: '/problems/bad-request', detail: 'The path of the URL is not percent-encoded UTF-8' })
  }
  for (const bytes of ['%2e%2e', '..', '\xff\xfe', '\xe4', '<script>', '\x7f']) {
    const [reply] = await exchange(app, `GET ${url}/${bytes} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    t.equal(reply?.status, 400, JSON.stringify(bytes))
    t.match(reply?.headers, { 'content-type': 'application/problem+json' })
    t.match(JSON.parse(reply?.body ?? ''), { type: '/problems/bad-request', status: 400 })
    t.match(reply?.body, /^[\x20-\x7e]*$/)
    t.notMatch(reply?.body, '<')
  }
})

t.test('If-Match on real HTTP', async (t) => {
  const { app } = await buildTestApp(t)
  await listen(app)
  const article = await articleAt(app, 2)
  const at = urlOf(article)
  const put = async (...lines: readonly string[]) => {
    const body = '{"title":"B"}'
    const [reply] = await exchange(app, [`PUT ${at} HTTP/1.1`, 'host: x', 'connection: close', 'content-type: application/json', `content-length: ${body.length}`, ...lines, '', body].join('\r\n'))
    if (reply === undefined) throw new Error('no reply')
    return { ...reply, body: JSON.parse(reply.body) as unknown }
  }
  const tags = (from: number, count: number) => Array.from({ length: count }, (_, i) => `"${from + i}"`).join(', ')

  t.test('100 kB of it: 431', async (t) => {
    const reply = await put(`if-match: ${'"1",'.repeat(25_600)}"1"`)
    t.equal(reply.status, 431)
    t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', connection: 'close' })
    t.strictSame(reply.body, { ...problem('too-large', 'Content Too Large', 431, 'The header section is larger than the service takes', undefined), error: 'Request Header Fields Too Large' })
  })

  t.test('1 000 tags, on two lines: one list that is too long', async (t) => {
    const reply = await put(`if-match: ${tags(1, 500)}`, `if-match: ${tags(501, 500)}`)
    t.equal(reply.status, 400)
    t.strictSame(reply.body, badRequest('If-Match cannot be read: it has more than 100 entity-tags', at, { header: 'If-Match' }))
    t.equal((await put(`if-match: ${tags(1, 50)}`, `If-Match: ${tags(51, 51)}`)).status, 400)
  })

  t.test('odd bytes, and lines that are one list', async (t) => {
    t.equal((await put('if-match: \xff')).status, 400)
    t.match(await put('if-match: "\xff"'), { status: 409, body: { yourVersion: null } })
    t.match(await put('if-match: "\x01"'), { status: 400 })
    t.match(await put('if-match: *', 'if-match: "2"'), { status: 400, body: { detail: 'If-Match cannot be read: * must stand alone' } })
    t.match(await put('if-match: "1', 'if-match: 2"'), { status: 409, body: { yourVersion: null } }, 'joined with a comma they are one tag')
    t.match(await put('if-match: "1"', 'if-match:'), { status: 409, body: { yourVersion: 1 } })
    t.match(await put('if-match: "1"', 'x-between: y', 'IF-MATCH: "2"'), { status: 200, body: { version: 3 } })
  })
})

t.test('a body on a transition is JSON or nothing', async (t) => {
  const { app } = await buildTestApp(t)
  const at = `${urlOf(await create(app, url, { title: 'A' }))}/publish`
  t.match((await send(app, 'POST', at, '{')).json(), { status: 400, type: '/problems/bad-request' })
  t.match((await send(app, 'POST', at, '{}')).json(), { version: 2, status: 'published' })
})
