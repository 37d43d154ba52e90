import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import type { Json } from '../../src/merge/json.js'
import { mergeRules } from '../../src/merge/merge-rules.js'
import { threeWayMerge } from '../../src/merge/three-way-merge.js'
import { frozen } from './random-documents.js'

const rules = mergeRules(Type.Object({
  set: Type.Array(Type.Unknown(), { merge: 'set' }),
  rows: Type.Array(Type.Object({ id: Type.Union([Type.String(), Type.Number()]), text: Type.String({ merge: 'lines' }) }), { merge: { key: 'id' } }),
  text: Type.Union([Type.String(), Type.Null()], { merge: 'lines' })
}))

const merge = (base: string, theirs: string, yours: string) => {
  const [b, t, y] = [base, theirs, yours].map(text => frozen(JSON.parse(text) as Json)) as [Json, Json, Json]
  return JSON.stringify(threeWayMerge(b, t, y, rules))
}

const clash = (pointer: string, ...sides: [base: string, theirs: string, yours: string]) =>
  `{${[`"pointer":"${pointer}"`, ...['base', 'theirs', 'yours'].map((name, at) => sides[at] ? `"${name}":${sides[at]}` : '')].filter(part => part !== '').join(',')}}`

const check = (t: Test, name: string, base: string, theirs: string, yours: string, merged: string, ...conflicts: string[]) =>
  t.equal(merge(base, theirs, yours), `{"merged":${merged},"conflicts":[${conflicts.join(',')}]}`, name)

t.test('null, absent, 0, "", [] and {} are different', t => {
  const values = ['', 'null', '0', 'false', '""', '[]', '{}']
  const document = (value: string) => value === '' ? '{}' : `{"a":${value}}`
  for (const base of values) {
    for (const theirs of values) {
      for (const yours of values) {
        const one = theirs === base ? yours : yours === base || theirs === yours ? theirs : undefined
        check(t, `${base} | ${theirs} | ${yours}`, document(base), document(theirs), document(yours), document(one ?? theirs), ...one === undefined ? [clash('/a', base, theirs, yours)] : [])
      }
    }
  }
  t.end()
})

t.test('__proto__ is a member like any other', t => {
  check(t, 'merged', '{"__proto__":{"a":1,"b":1}}', '{"__proto__":{"a":2,"b":1}}', '{"__proto__":{"a":1,"b":2}}', '{"__proto__":{"a":2,"b":2}}')
  check(t, 'clashing', '{"__proto__":1}', '{"__proto__":2}', '{}', '{"__proto__":2}', clash('/__proto__', '1', '2', ''))
  check(t, 'added', '{}', '{"__proto__":{"x":1}}', '{"constructor":2}', '{"__proto__":{"x":1},"constructor":2}')
  t.end()
})

t.test('pointers are escaped', t => {
  check(t, 'a/b and ~', '{"a/b":{"~":1}}', '{"a/b":{"~":2}}', '{"a/b":{"~":3}}', '{"a/b":{"~":2}}', clash('/a~1b/~0', '1', '2', '3'))
  check(t, 'the whole', '1', '2', '{}', '2', clash('', '1', '2', '{}'))
  t.end()
})

t.test('sets', t => {
  const sets = (name: string, base: string, theirs: string, yours: string, merged: string) =>
    check(t, name, `{"set":${base}}`, `{"set":${theirs}}`, `{"set":${yours}}`, `{"set":${merged}}`)
  sets('values of different types', '[1,"1",null,false]', '["1",null,false,0]', '[1,"1",false,""]', '["1",false,0,""]')
  sets('added by both', '["a"]', '["a","b","c"]', '["a","c","d"]', '["a","b","c","d"]')
  sets('emptied by one', '["a","b"]', '[]', '["a","b","c"]', '["c"]')
  sets('moved by one', '["a","b","c"]', '["c","a","b"]', '["a","b","c","d"]', '["c","d","a","b"]')
  sets('moved by both', '["a","b","c"]', '["c","b","a","x"]', '["b","a","c"]', '["a","x","b","c"]')
  sets('twice in one side', '["a"]', '["a","b","b"]', '["a","c"]', '["a","b","c"]')
  sets('twice in one side, moved by the other', '["a","b"]', '["a","b","b"]', '["b","a"]', '["b","a"]')
  check(t, 'no set of scalars', '{"set":[{}]}', '{"set":[{},1]}', '{"set":[2]}', '{"set":[{},1]}', clash('/set', '[{}]', '[{},1]', '[2]'))
  check(t, 'without a base', '{}', '{"set":[1]}', '{"set":[2]}', '{"set":[1]}', clash('/set', '', '[1]', '[2]'))
  t.end()
})

t.test('arrays with a key', t => {
  const rows = (...ids: string[]) => `[${ids.map(id => id.startsWith('{') ? id : `{"id":"${id}"}`).join(',')}]`
  const of = (name: string, base: string, theirs: string, yours: string, merged: string, ...conflicts: string[]) =>
    check(t, name, `{"rows":${base}}`, `{"rows":${theirs}}`, `{"rows":${yours}}`, `{"rows":${merged}}`, ...conflicts)
  const whole = (name: string, base: string, theirs: string, yours: string) => of(name, base, theirs, yours, theirs, clash('/rows', base, theirs, yours))

  of('added at different places', rows('m'), rows('a', 'm'), rows('m', 'z'), rows('a', 'm', 'z'))
  of('added at one place', rows('m'), rows('m', 'y', 'b'), rows('m', 'x', 'c'), rows('m', 'x', 'c', 'y', 'b'))
  of('added by both, the same', rows('m'), rows('m', 'a', 'b'), rows('m', 'a'), rows('m', 'a', 'b'))
  of('added by both, different', rows(), rows('{"id":"a","n":1}'), rows('b', '{"id":"a","n":2}'), rows('{"id":"a","n":1}', 'b'),
    clash('/rows/0', '', '{"id":"a","n":1}', '{"id":"a","n":2}'))
  of('removed by one, unchanged by the other', rows('a', 'b', 'c'), rows('a', 'c'), rows('b', 'c'), rows('c'))
  of('moved by one, changed by the other', rows('a', 'b', 'c'), rows('c', 'a', 'b'), rows('a', '{"id":"b","n":1}', 'c'), rows('c', 'a', '{"id":"b","n":1}'))
  of('moved by both in the same way', rows('a', 'b'), rows('b', 'a', 'x'), rows('b', '{"id":"a","n":1}'), rows('b', '{"id":"a","n":1}', 'x'))
  of('numbers and strings are different keys', rows('{"id":1,"n":0}', '{"id":"1","n":0}'), rows('{"id":1,"n":1}', '{"id":"1","n":0}'), rows('{"id":1,"n":0}', '{"id":"1","n":2}'),
    rows('{"id":1,"n":1}', '{"id":"1","n":2}'))
  of('text within', rows('{"id":"a","text":"1\\n2\\n3"}'), rows('{"id":"a","text":"0\\n2\\n3"}'), rows('{"id":"a","text":"1\\n2\\n4"}'), rows('{"id":"a","text":"0\\n2\\n4"}'))
  whole('removed by one, changed by the other', rows('a', 'b'), rows('b', 'x'), rows('{"id":"a","n":1}', 'b'))
  whole('changed by one, removed by the other', rows('a', 'b'), rows('{"id":"a","n":1}', 'b'), rows('b', 'x'))
  whole('moved in different ways', rows('a', 'b', 'c'), rows('c', 'a', 'b'), rows('b', 'a', 'c'))
  whole('a key twice', rows('a'), rows('a', 'a'), rows('a', 'b'))
  whole('an element without the key', rows('a'), rows('a', '{"x":1}'), rows('a', 'b'))
  whole('a key that is no string or number', rows('a'), rows('a', '{"id":null}'), rows('a', 'b'))
  t.end()
})

t.test('texts where not all three are texts', t => {
  check(t, 'null before', '{"text":null}', '{"text":"a\\n"}', '{"text":"b\\n"}', '{"text":"a\\n"}', clash('/text', 'null', '"a\\n"', '"b\\n"'))
  check(t, 'one line between', '{"text":"a\\nb\\nc"}', '{"text":"A\\nb\\nc"}', '{"text":"a\\nb\\nC"}', '{"text":"A\\nb\\nC"}')
  t.end()
})

t.test('the order of members is that of base, then by name, whichever side is theirs', t => {
  check(t, 'one way', '{"z":1,"a":2}', '{"n":3,"z":1,"a":2}', '{"a":2,"b":4,"z":1}', '{"z":1,"a":2,"b":4,"n":3}')
  check(t, 'the other', '{"z":1,"a":2}', '{"a":2,"b":4,"z":1}', '{"n":3,"z":1,"a":2}', '{"z":1,"a":2,"b":4,"n":3}')
  t.end()
})
