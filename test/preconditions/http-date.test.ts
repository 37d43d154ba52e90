import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { isLaterThan, parseHttpDate } from '../../src/preconditions/http-date.js'

const now = Date.parse('2026-06-01T00:00:00Z')
const iso = (text: string) => parseHttpDate(text, now)?.toISOString() ?? null
const toTheSecond = (date: Date) => new Date(Math.floor(date.getTime() / 1000) * 1000)

t.test('the three forms of RFC 9110 are the same time', (t) => {
  for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
    t.equal(iso(text), '1994-11-06T08:49:37.000Z', text)
  }
  t.equal(iso('Sun Nov 16 08:49:37 1994'), '1994-11-16T08:49:37.000Z')
  t.equal(iso('Sat, 31 Dec 2016 23:59:60 GMT'), '2017-01-01T00:00:00.000Z', 'a leap second')
  t.end()
})

t.test('two digits of a year are at most 50 years ahead', (t) => {
  t.equal(iso('Friday, 01-May-76 00:00:00 GMT'), '2076-05-01T00:00:00.000Z')
  t.equal(iso('Sunday, 01-May-77 00:00:00 GMT'), '1977-05-01T00:00:00.000Z')
  t.end()
})

t.test('what is no date is none', (t) => {
  for (const text of [
    '', '0', '5', 'yesterday', '2026-01-01T00:00:00Z', 'Sun, 06 Nov 1994 08:49:37', 'Sun, 06 Nov 1994 08:49:37 UTC', 'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 6 Nov 1994 08:49:37 GMT', 'Sun, 06 nov 1994 08:49:37 GMT', 'Sun, 06 Nov 94 08:49:37 GMT', 'So, 06 Nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT', 'Sun, 00 Feb 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 24:00:00 GMT', 'Sun, 06 Nov 1994 08:60:00 GMT', 'Sun, 06 Nov 1994 08:49:61 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 08:49:37 GMT ', 'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT', 'Sun Nov 6 08:49:37 1994'
  ]) t.equal(iso(text), null, JSON.stringify(text))
  t.end()
})

t.test('parsing what was printed gives it back', (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
    assert.deepEqual(parseHttpDate(date.toUTCString(), now), toTheSecond(date))
    assert.equal(isLaterThan(date, toTheSecond(date)), false)
    assert.equal(isLaterThan(new Date(toTheSecond(date).getTime() + 1000), toTheSecond(date)), true)
  })))
  t.end()
})

t.test('no input makes it throw', (t) => {
  const hostile = fc.string({ unit: fc.constantFrom('Sun', 'Sunday', ',', ' ', '-', '06', 'Nov', '1994', '08:49:37', 'GMT', '9', ':'), maxLength: 12 })
  t.doesNotThrow(() => fc.assert(fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (text) => {
    const date = parseHttpDate(text, now)
    assert.ok(date === null || !Number.isNaN(date.getTime()))
  }), { numRuns: 300 }))
  t.end()
})
