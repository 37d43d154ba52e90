import fc from 'fast-check'
import t from 'tap'
import { jsonEquals, type Json } from '../../src/merge/json.js'
import { copyJson, measureJson } from '../../src/merge/json-copy.js'
import { frozen, json } from './random-documents.js'

t.test('equal and not equal', t => {
  const different = ['null', 'false', '0', '""', '"0"', '[]', '{}', '[null]', '{"a":null}', '{"b":null}', '{"__proto__":null}', '{"__proto__":{}}', '[1,2]', '[2,1]', '{"a":{"b":[1]}}', '{"a":{"b":[2]}}']
  for (const left of different) {
    for (const right of different) {
      t.equal(jsonEquals(JSON.parse(left) as Json, JSON.parse(right) as Json), left === right, `${left} and ${right}`)
    }
    t.notOk(jsonEquals(undefined, JSON.parse(left) as Json), `absent and ${left}`)
  }
  t.ok(jsonEquals(undefined, undefined))
  t.ok(jsonEquals({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 }), 'the order of members')
  t.ok(jsonEquals(0, -0))
  t.notOk(jsonEquals({ toString: null }, { a: null }), 'what is inherited is no member')
  t.end()
})

t.test('a copy is the same JSON and shares nothing', t => {
  fc.assert(fc.property(json, value => {
    const copy = copyJson(frozen(value))
    return JSON.stringify(copy) === JSON.stringify(value) && jsonEquals(copy, value) &&
      (typeof value !== 'object' || value === null || (copy !== value && !Object.isFrozen(copy)))
  }))
  const shared = { a: 1 }
  const copy = copyJson([shared, shared]) as Json[]
  t.not(copy[0], copy[1])
  t.end()
})

t.test('size and depth', t => {
  t.strictSame(measureJson('abc', 100), { size: 6, depth: 0 })
  t.strictSame(measureJson({ a: [[], 1], bc: 'x' }, 100), { size: 29, depth: 3 })
  t.ok(measureJson(Array.from({ length: 1000 }, () => 'x'), 50).size <= 60, 'stops soon after the most')
  t.end()
})

t.test('100 000 levels of nesting', t => {
  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as Json
  t.ok(jsonEquals(nested(100_000), nested(100_000)))
  t.notOk(jsonEquals(nested(100_000), nested(99_999)))
  t.equal(measureJson(copyJson(nested(100_000)), 1e6).depth, 100_000)
  t.end()
})
