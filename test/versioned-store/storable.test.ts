import fc from 'fast-check'
import { BSON } from 'mongodb'
import t from 'tap'
import { findUnstorable } from '../../src/versioned-store/storable.js'

t.test('JSON as it should be has nothing to say against it', (t) => {
  const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' }).filter((json) => !/_bsontype|\$ref/.test(JSON.stringify(json)) && !/\\u0000[^"]*":/.test(JSON.stringify(json)))
  fc.assert(fc.property(value, (json) => { t.strictSame(findUnstorable(json), []) }), { numRuns: 200 })
  t.strictSame(findUnstorable(undefined), [])
  t.end()
})

t.test('a scalar, where it stands alone, has the empty pointer', (t) => {
  t.strictSame(findUnstorable(Infinity), [{ pointer: '', message: 'must be a number that a double can hold' }])
  t.strictSame(findUnstorable('\udc00a'), [{ pointer: '', message: 'must be well-formed Unicode: it has a lone surrogate' }])
  t.strictSame(findUnstorable('😀'), [])
  t.end()
})

t.test('a name with a lone surrogate: the pointer is well-formed all the same', (t) => {
  t.strictSame(findUnstorable({ 'a\ud800/~': 1 }), [{ pointer: '/a\ufffd~1~0', message: 'must have another name: this one is not well-formed Unicode' }])
  t.end()
})

t.test('every one, in the order of the document, breadth first', (t) => {
  t.strictSame(findUnstorable({ a: [NaN, { b: -Infinity }], c: '\ud800', _bsontype: { d: Infinity } }).map(({ pointer }) => pointer),
    ['/c', '/_bsontype', '/a/0', '/_bsontype/d', '/a/1/b'])
  t.end()
})

t.test('an object that the driver would give back as another one: $ref beside $id, and no other name with $ but $db', (t) => {
  const isTaken = (value: object) => findUnstorable({ value }).length > 0
  const given = (value: object) => BSON.deserialize(BSON.serialize({ value })).value as unknown
  for (const value of [{ $ref: 'a', $id: 1 }, { title: 'x', $id: 'b', $ref: 'a.b' }, { $ref: '', $id: 0, $db: '' }, { $ref: 'a', $id: {} }]) {
    t.strictSame(findUnstorable({ a: [value] }).map(({ pointer }) => pointer), ['/a/0/$ref'])
    t.notSame(given(value), value)
  }
  for (const value of [{ $ref: 'a' }, { $id: 'a' }, { $ref: 1, $id: 1 }, { $ref: 'a', $id: null }, { $ref: 'a', $id: 1, $db: 1 }, { $ref: 'a', $id: 1, $schema: 's' }, { $schema: 's', $ref: 'a', $id: 1 }]) {
    t.notOk(isTaken(value))
    t.strictSame(given(value), value, 'the driver leaves it as it is')
  }
  t.end()
})

t.test('levels: a value is the first, and what is below the last is not looked at', (t) => {
  const nested = (levels: number): unknown => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], Infinity)
  t.strictSame(findUnstorable(nested(3), 3), [{ pointer: '/0/0/0', message: 'must be a number that a double can hold' }])
  t.strictSame(findUnstorable(nested(4), 3), [{ pointer: '/0/0/0', message: 'must not be nested more than 3 levels deep' }])
  t.strictSame(findUnstorable(nested(1_000_000), 3), [{ pointer: '/0/0/0', message: 'must not be nested more than 3 levels deep' }])
  t.end()
})

t.test('pointers are at most 256 characters, and not cut through a character', (t) => {
  const [rule] = findUnstorable({ ['😀'.repeat(1000)]: Infinity })
  t.ok(rule !== undefined && rule.pointer.length <= 256 && rule.pointer.endsWith('…') && !/\p{Surrogate}/u.test(rule.pointer))
  t.end()
})
