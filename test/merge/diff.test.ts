import { Type } from '@sinclair/typebox'
import t from 'tap'
import { diff } from '../../src/merge/diff.js'
import type { Json } from '../../src/merge/json.js'
import { mergeRules } from '../../src/merge/merge-rules.js'

const parse = (text: string) => JSON.parse(text) as Json

t.test('what changed', t => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['{"a":1}', '{"a":1}', '[]'],
    ['{"a":1,"b":{"c":[1]}}', '{"b":{"c":[1]},"a":1}', '[]'],
    ['{"a":1}', '{"a":2}', '[{"pointer":"/a","from":1,"to":2}]'],
    ['{"a":1}', '{}', '[{"pointer":"/a","from":1}]'],
    ['{}', '{"a":null}', '[{"pointer":"/a","to":null}]'],
    ['{"a":null}', '{}', '[{"pointer":"/a","from":null}]'],
    ['{"a":null,"b":0,"c":"","d":[]}', '{"a":0,"b":"","c":[],"d":{}}',
      '[{"pointer":"/a","from":null,"to":0},{"pointer":"/b","from":0,"to":""},{"pointer":"/c","from":"","to":[]},{"pointer":"/d","from":[],"to":{}}]'],
    ['{"a":{"b":{"c":1,"d":2}}}', '{"a":{"b":{"c":1,"e":3}}}', '[{"pointer":"/a/b/d","from":2},{"pointer":"/a/b/e","to":3}]'],
    ['{"a":[1,{"b":2}]}', '{"a":[1,{"b":3}]}', '[{"pointer":"/a","from":[1,{"b":2}],"to":[1,{"b":3}]}]'],
    ['{"a/b":{"~":1}}', '{"a/b":{"~":2}}', '[{"pointer":"/a~1b/~0","from":1,"to":2}]'],
    ['{"__proto__":{"x":1}}', '{"__proto__":{"x":2}}', '[{"pointer":"/__proto__/x","from":1,"to":2}]'],
    ['{}', '{"__proto__":{}}', '[{"pointer":"/__proto__","to":{}}]'],
    ['1', '{}', '[{"pointer":"","from":1,"to":{}}]']
  ]
  for (const [from, to, changes] of rows) t.equal(JSON.stringify(diff(parse(from), parse(to))), changes, `${from} to ${to}`)
  t.end()
})

t.test('arrays that merge by key', t => {
  const rules = mergeRules(Type.Object({ rows: Type.Array(Type.Object({ id: Type.String() }), { merge: { key: 'id' } }) }))
  const of = (rows: string) => parse(`{"rows":[${rows}]}`)
  const before = '{"id":"p","x":1},{"id":"q","x":2}'
  t.equal(JSON.stringify(diff(of(before), of('{"id":"p","x":1},{"id":"q","x":3,"y":4}'), rules)),
    '[{"pointer":"/rows/1/x","from":2,"to":3},{"pointer":"/rows/1/y","to":4}]')
  for (const after of [
    '{"id":"q","x":2},{"id":"p","x":1}', '{"id":"p","x":1}', '{"id":"p","x":1},{"id":"q","x":2},{"id":"r"}',
    '{"id":"p","x":1},{"id":"p","x":2}', '{"id":"p","x":1},{"x":2}', '{"id":"p","x":1},2', '{"id":"p","x":1},{"id":null}'
  ]) {
    t.strictSame(diff(of(before), of(after), rules), [{ pointer: '/rows', from: parse(`[${before}]`), to: parse(`[${after}]`) }], after)
  }
  t.end()
})
