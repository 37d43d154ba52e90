import fc from 'fast-check'
import t from 'tap'
import type { Json } from '../../src/merge/json.js'
import { evaluatePointer, parsePointer, printPointer } from '../../src/merge/json-pointer.js'

t.test('RFC 6901 section 5', t => {
  const document = JSON.parse('{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}') as Json
  const rows: readonly (readonly [string, Json])[] = [
    ['', document], ['/foo', ['bar', 'baz']], ['/foo/0', 'bar'], ['/', 0], ['/a~1b', 1], ['/c%d', 2], ['/e^f', 3], ['/g|h', 4], ['/i\\j', 5], ['/k"l', 6], ['/ ', 7], ['/m~0n', 8]
  ]
  for (const [pointer, value] of rows) t.strictSame(evaluatePointer(document, parsePointer(pointer) ?? ['none']), value, pointer)
  t.end()
})

t.test('no pointer', t => {
  for (const pointer of ['a', 'a/b', '~', '/~', '/~2', '/a~', '#/a', ' /a']) t.equal(parsePointer(pointer), undefined, pointer)
  t.strictSame(parsePointer('/~01'), ['~1'])
  t.end()
})

t.test('pointers to nothing', t => {
  const document = JSON.parse('{"a":[1,2],"s":"text","n":null,"o":{"__proto__":{"x":1}}}') as Json
  for (const pointer of ['/b', '/a/2', '/a/-', '/a/01', '/a/-1', '/a/1e0', '/a/length', '/a/', '/s/0', '/s/length', '/n/x', '/toString', '/constructor/name', '/__proto__']) {
    t.equal(evaluatePointer(document, parsePointer(pointer) ?? []), undefined, pointer)
  }
  t.equal(evaluatePointer(document, ['o', '__proto__', 'x']), 1)
  t.end()
})

t.test('what was printed is read back', t => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('~', '/', '~1', '~01', '', '__proto__'))), tokens => {
    t.strictSame(parsePointer(printPointer(tokens)), tokens)
  }))
  t.equal(printPointer(['items', 0, 'a/b', '~']), '/items/0/a~1b/~0')
  t.end()
})
