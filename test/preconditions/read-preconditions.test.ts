import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { noPreconditions, readPreconditions, yourVersion } from '../../src/preconditions/preconditions.js'

const now = Date.parse('2026-06-01T00:00:00Z')
const read = (...rawHeaders: string[]) => readPreconditions(rawHeaders, now)
const tag = (version: number, weak = false) => ({ weak, opaque: String(version), version })
const date = 'Sun, 06 Nov 1994 08:49:37 GMT'

t.test('a request without any', (t) => {
  t.strictSame(read('Host', 'x', 'If-Range', '"5"', 'X-Match8', '"5"', 'If-Matc_', '"5"'), { kind: 'read', preconditions: noPreconditions })
  t.end()
})

t.test('all four, in whatever case', (t) => {
  t.strictSame(read('IF-MATCH', '"5"', 'Accept', '*/*', 'if-none-match', 'W/"6"', 'If-Modified-Since', date, 'if-Unmodified-since', date), {
    kind: 'read',
    preconditions: {
      ifMatch: { kind: 'tags', tags: [tag(5)] },
      ifNoneMatch: { kind: 'tags', tags: [tag(6, true)] },
      ifModifiedSince: new Date('1994-11-06T08:49:37Z'),
      ifUnmodifiedSince: new Date('1994-11-06T08:49:37Z')
    }
  })
  t.end()
})

t.test('several lines are one list', (t) => {
  t.strictSame(read('If-Match', '"3"', 'Host', 'x', 'if-match', '"5", "6"', 'If-Match', ''), {
    kind: 'read', preconditions: { ...noPreconditions, ifMatch: { kind: 'tags', tags: [tag(3), tag(5), tag(6)] } }
  })
  t.strictSame(read('If-Match', '*', 'If-Match', '"5"'), { kind: 'malformed', header: 'If-Match', fault: 'star-among-tags' })
  t.strictSame(read('If-Match', '*', 'If-Match', '*'), { kind: 'malformed', header: 'If-Match', fault: 'star-among-tags' })
  const sixty = Array.from({ length: 60 }, (_, at) => `"${at + 1}"`).join(',')
  t.strictSame(read('If-None-Match', sixty, 'If-None-Match', sixty), { kind: 'malformed', header: 'If-None-Match', fault: 'too-many' })
  t.end()
})

t.test('a malformed header is named', (t) => {
  t.strictSame(read('If-Match', ''), { kind: 'malformed', header: 'If-Match', fault: 'empty' })
  t.strictSame(read('If-None-Match', 'x'), { kind: 'malformed', header: 'If-None-Match', fault: 'syntax' })
  t.strictSame(read('If-None-Match', 'x', 'If-Match', '"5'), { kind: 'malformed', header: 'If-Match', fault: 'syntax' })
  t.end()
})

t.test('a date that is none, or one of several, is ignored', (t) => {
  for (const lines of [['yesterday'], [''], [date, date], [`${date}, ${date}`]]) {
    t.strictSame(read(...lines.flatMap((line) => ['If-Modified-Since', line, 'If-Unmodified-Since', line])), { kind: 'read', preconditions: noPreconditions })
  }
  t.end()
})

t.test('no input makes it throw', (t) => {
  const name = fc.constantFrom('If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'Host')
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(fc.tuple(name, fc.string({ unit: 'binary' })), { maxLength: 8 }), (lines) => {
    assert.match(readPreconditions(lines.flat(), now).kind, /^(?:read|malformed)$/)
  })))
  t.strictSame(read('If-Match'), { kind: 'read', preconditions: noPreconditions }, 'a name without a value')
  t.end()
})

t.test('your version is the highest that If-Match names', (t) => {
  const yours = (...rawHeaders: string[]) => {
    const outcome = read(...rawHeaders)
    return outcome.kind === 'read' ? yourVersion(outcome.preconditions) : outcome
  }
  t.equal(yours(), null)
  t.equal(yours('If-Match', '*'), null)
  t.equal(yours('If-Match', '"x", W/"3x"'), null)
  t.equal(yours('If-None-Match', '"7"'), null)
  t.equal(yours('If-Match', '3, W/"5-gzip", "4", "x"'), 5)
  t.end()
})
