import fc from 'fast-check'
import t from 'tap'
import { jsonEquals, type Json } from '../../src/merge/json.js'
import { applyJsonPatch } from '../../src/merge/json-patch.js'
import { frozen, json } from './random-documents.js'

const limits = { size: 100_000, depth: 100 }
const parse = (text: string) => frozen(JSON.parse(text) as Json)
const run = (document: string, patch: string, bounds = limits) => applyJsonPatch(parse(document), parse(patch), bounds)

// RFC 6902 appendix A, row by row: document, patch, what becomes of it
const appendix: readonly (readonly [string, string, string, string])[] = [
  ['A.1', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"ok":true,"document":{"foo":"bar","baz":"qux"}}'],
  ['A.2', '{"foo":["bar","baz"]}', '[{"op":"add","path":"/foo/1","value":"qux"}]', '{"ok":true,"document":{"foo":["bar","qux","baz"]}}'],
  ['A.3', '{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"ok":true,"document":{"foo":"bar"}}'],
  ['A.4', '{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]', '{"ok":true,"document":{"foo":["bar","baz"]}}'],
  ['A.5', '{"baz":"qux","foo":"bar"}', '[{"op":"replace","path":"/baz","value":"boo"}]', '{"ok":true,"document":{"baz":"boo","foo":"bar"}}'],
  ['A.6', '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}', '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]',
    '{"ok":true,"document":{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}}'],
  ['A.7', '{"foo":["all","grass","cows","eat"]}', '[{"op":"move","from":"/foo/1","path":"/foo/3"}]', '{"ok":true,"document":{"foo":["all","cows","eat","grass"]}}'],
  ['A.8', '{"baz":"qux","foo":["a",2,"c"]}', '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]',
    '{"ok":true,"document":{"baz":"qux","foo":["a",2,"c"]}}'],
  ['A.9', '{"baz":"qux"}', '[{"op":"test","path":"/baz","value":"bar"}]', '{"failed":"test","pointer":"/baz","index":0}'],
  ['A.10', '{"foo":"bar"}', '[{"op":"add","path":"/child","value":{"grandchild":{}}}]', '{"ok":true,"document":{"foo":"bar","child":{"grandchild":{}}}}'],
  ['A.11', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux","xyz":123}]', '{"ok":true,"document":{"foo":"bar","baz":"qux"}}'],
  ['A.12', '{"foo":"bar"}', '[{"op":"add","path":"/baz/bat","value":"qux"}]', '{"failed":"path","pointer":"/baz/bat","index":0}'],
  ['A.14', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":10}]', '{"ok":true,"document":{"/":9,"~1":10}}'],
  ['A.15', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":"10"}]', '{"failed":"test","pointer":"/~01","index":0}'],
  ['A.16', '{"foo":["bar"]}', '[{"op":"add","path":"/foo/-","value":["abc","def"]}]', '{"ok":true,"document":{"foo":["bar",["abc","def"]]}}']
]

const beyond: readonly (readonly [string, string, string, string])[] = [
  ['no operations', '{"a":1}', '[]', '{"ok":true,"document":{"a":1}}'],
  ['all or nothing', '{"a":1}', '[{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}]', '{"failed":"path","pointer":"/a","index":1}'],
  ['add replaces', '{"a":1,"b":2}', '[{"op":"add","path":"/a","value":3}]', '{"ok":true,"document":{"a":3,"b":2}}'],
  ['replace what is not there', '{}', '[{"op":"replace","path":"/a","value":3}]', '{"failed":"path","pointer":"/a","index":0}'],
  ['replace an element', '{"a":[1]}', '[{"op":"replace","path":"/a/0","value":3}]', '{"ok":true,"document":{"a":[3]}}'],
  ['replace behind the end', '{"a":[1]}', '[{"op":"replace","path":"/a/1","value":3}]', '{"failed":"path","pointer":"/a/1","index":0}'],
  ['replace the element -', '{"a":[1]}', '[{"op":"replace","path":"/a/-","value":3}]', '{"failed":"path","pointer":"/a/-","index":0}'],
  ['add at the end', '{"a":[1]}', '[{"op":"add","path":"/a/1","value":2}]', '{"ok":true,"document":{"a":[1,2]}}'],
  ['add behind the end', '{"a":[1]}', '[{"op":"add","path":"/a/2","value":2}]', '{"failed":"path","pointer":"/a/2","index":0}'],
  ['no index: a word', '{"a":[1]}', '[{"op":"remove","path":"/a/x"}]', '{"failed":"path","pointer":"/a/x","index":0}'],
  ['no index: a leading zero', '{"a":[1,2]}', '[{"op":"add","path":"/a/01","value":2}]', '{"failed":"path","pointer":"/a/01","index":0}'],
  ['remove behind the end', '{"a":[1]}', '[{"op":"remove","path":"/a/1"}]', '{"failed":"path","pointer":"/a/1","index":0}'],
  ['a member of a scalar', '{"a":"x"}', '[{"op":"add","path":"/a/b","value":2}]', '{"failed":"path","pointer":"/a/b","index":0}'],
  ['replace a member of a scalar', '{"a":"x"}', '[{"op":"replace","path":"/a/length","value":2}]', '{"failed":"path","pointer":"/a/length","index":0}'],
  ['remove below nothing', '{}', '[{"op":"remove","path":"/a/b"}]', '{"failed":"path","pointer":"/a/b","index":0}'],
  ['replace the whole', '{"a":1}', '[{"op":"replace","path":"","value":[1]},{"op":"add","path":"/0","value":2}]', '{"ok":true,"document":[2,1]}'],
  ['add the whole', '{"a":1}', '[{"op":"add","path":"","value":null}]', '{"ok":true,"document":null}'],
  ['remove the whole', '{"a":1}', '[{"op":"remove","path":""}]', '{"failed":"path","pointer":"","index":0}'],
  ['copy the whole into itself', '{"a":1}', '[{"op":"copy","from":"","path":"/b"}]', '{"ok":true,"document":{"a":1,"b":{"a":1}}}'],
  ['a copy is another value', '{"a":{"x":1}}', '[{"op":"copy","from":"/a","path":"/b"},{"op":"replace","path":"/b/x","value":2}]', '{"ok":true,"document":{"a":{"x":1},"b":{"x":2}}}'],
  ['copy into an array', '{"a":[1,2]}', '[{"op":"copy","from":"/a/1","path":"/a/0"}]', '{"ok":true,"document":{"a":[2,1,2]}}'],
  ['copy what is not there', '{}', '[{"op":"copy","from":"/a","path":"/b"}]', '{"failed":"path","pointer":"/a","index":0}'],
  ['move onto itself', '{"a":1,"b":2}', '[{"op":"move","from":"/a","path":"/a"}]', '{"ok":true,"document":{"a":1,"b":2}}'],
  ['move to where it was counted with itself', '{"a":[1,2]}', '[{"op":"move","from":"/a/0","path":"/a/2"}]', '{"failed":"path","pointer":"/a/2","index":0}'],
  ['move up', '{"a":{"b":1}}', '[{"op":"move","from":"/a/b","path":"/a"}]', '{"ok":true,"document":{"a":1}}'],
  ['move to a neighbour of like name', '{"a":1}', '[{"op":"move","from":"/a","path":"/ab"}]', '{"ok":true,"document":{"ab":1}}'],
  ['test an object, in another order', '{"a":{"x":1,"y":[null]}}', '[{"op":"test","path":"/a","value":{"y":[null],"x":1}}]', '{"ok":true,"document":{"a":{"x":1,"y":[null]}}}'],
  ['test for null where nothing is', '{}', '[{"op":"test","path":"/a","value":null}]', '{"failed":"test","pointer":"/a","index":0}'],
  ['test below nothing', '{}', '[{"op":"test","path":"/a/b","value":1}]', '{"failed":"test","pointer":"/a/b","index":0}'],
  ['__proto__ is a member', '{}', '[{"op":"add","path":"/__proto__","value":{"x":1}},{"op":"copy","from":"/__proto__","path":"/a"},{"op":"replace","path":"/__proto__/x","value":2}]',
    '{"ok":true,"document":{"__proto__":{"x":2},"a":{"x":1}}}'],
  ['__proto__ that is not there', '{}', '[{"op":"add","path":"/__proto__/polluted","value":1}]', '{"failed":"path","pointer":"/__proto__/polluted","index":0}'],
  ['what is inherited is not there', '{"a":[]}', '[{"op":"copy","from":"/constructor","path":"/b"}]', '{"failed":"path","pointer":"/constructor","index":0}'],
  ['remove what is inherited', '{}', '[{"op":"remove","path":"/toString"}]', '{"failed":"path","pointer":"/toString","index":0}'],
  ['a member constructor', '{"constructor":1}', '[{"op":"move","from":"/constructor","path":"/prototype"}]', '{"ok":true,"document":{"prototype":1}}']
]

for (const [title, rows] of [['RFC 6902 appendix A', appendix], ['beyond the appendix', beyond]] as const) {
  t.test(title, t => {
    for (const [name, document, patch, result] of rows) t.equal(JSON.stringify(run(document, patch)), result, name)
    t.notOk('polluted' in Object.prototype)
    t.end()
  })
}

t.test('malformed patches, whatever the document', t => {
  const rows: readonly (readonly [string, number | undefined, string])[] = [
    ['{}', undefined, 'A JSON Patch is an array of operations'],
    ['null', undefined, 'A JSON Patch is an array of operations'],
    ['[1]', 0, 'An operation is an object'],
    ['[{"op":"test","path":"","value":{}},[]]', 1, 'An operation is an object'],
    ['[{"path":"/a","value":1}]', 0, 'The member op must be one of "add", "remove", "replace", "move", "copy", "test"'],
    ['[{"op":"ADD","path":"/a","value":1}]', 0, 'The member op must be one of "add", "remove", "replace", "move", "copy", "test"'],
    ['[{"op":"toString","path":"/a"}]', 0, 'The member op must be one of "add", "remove", "replace", "move", "copy", "test"'],
    ['[{"op":"add","value":1}]', 0, 'The member path of "add" must be a JSON Pointer'],
    ['[{"op":"test","path":"a","value":1}]', 0, 'The member path of "test" must be a JSON Pointer'],
    ['[{"op":"remove","path":"/~2"}]', 0, 'The member path of "remove" must be a JSON Pointer'],
    ['[{"op":"move","from":"/a","path":7}]', 0, 'The member path of "move" must be a JSON Pointer'],
    ['[{"op":"replace","path":"/a"}]', 0, 'The operation "replace" needs the member value'],
    ['[{"op":"copy","path":"/a"}]', 0, 'The member from of "copy" must be a JSON Pointer'],
    ['[{"op":"move","from":"/a","path":"/a/b"}]', 0, 'A value cannot be moved into itself: from is a prefix of path'],
    ['[{"op":"move","from":"","path":"/a"}]', 0, 'A value cannot be moved into itself: from is a prefix of path'],
    ['[{"op":"remove","path":"/not-there"},{"op":"remove"}]', 1, 'The member path of "remove" must be a JSON Pointer']
  ]
  for (const [patch, index, message] of rows) {
    t.strictSame(run('{"a":{}}', patch), { failed: 'malformed', ...index !== undefined && { index }, message }, patch)
  }
  t.end()
})

t.test('bounds', t => {
  const doubling = JSON.stringify([...Array(64).keys()].map(index => ({ op: 'copy', from: '', path: `/${index}` })))
  t.match(run('{"a":"text"}', doubling), { failed: 'too-large' })
  const replacing = JSON.stringify([...Array(200).keys()].map(() => ({ op: 'copy', from: '/a', path: '/b' })))
  t.strictSame(run(JSON.stringify({ a: 'x'.repeat(997) }), replacing), { failed: 'too-large', index: 100 })
  const testing = JSON.stringify([...Array(200).keys()].map(() => ({ op: 'test', path: '/a', value: [] })))
  t.match(run(JSON.stringify({ a: Array(10_000).fill(0) }), testing), { failed: 'test', index: 0 })
  t.match(run(JSON.stringify({ a: Array(30_000).fill(0) }), testing), { failed: 'too-large', index: 0 })
  const shifting = JSON.stringify([...Array(2000).keys()].map(() => ({ op: 'add', path: '/a/0', value: 0 })))
  t.match(run(JSON.stringify({ a: Array(10_000).fill(0) }), shifting), { failed: 'too-large' })
  t.match(run(JSON.stringify({ a: Array(10_000).fill(0) }), JSON.stringify([...Array(2000).keys()].map(() => ({ op: 'remove', path: '/a/0' })))), { failed: 'too-large' })
  t.match(run(JSON.stringify({ a: Array(100).fill(0) }), shifting, { size: 1e6, depth: 2 }), { ok: true })
  const nest = (levels: number) => JSON.stringify([{ op: 'add', path: '/a', value: JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as Json }])
  t.match(run('{}', nest(99)), { ok: true })
  t.strictSame(run('{}', nest(100)), { failed: 'too-large', index: 0 })
  const deeper = JSON.stringify([...Array(300).keys()].map(() => ({ op: 'copy', from: '', path: '/a' })))
  t.strictSame(run('{"a":1}', deeper), { failed: 'too-large', index: 99 })
  const moving = JSON.stringify([...Array(300).keys()].flatMap(() => [{ op: 'add', path: '/b', value: {} }, { op: 'move', from: '/a', path: '/b/a' }, { op: 'move', from: '/b', path: '/a' }]))
  t.match(run('{"a":1}', moving), { failed: 'too-large' })
  t.end()
})

t.test('any operations on any document: never a throw, and the inputs stay', t => {
  const pointer = fc.array(fc.constantFrom('a', 'b', '0', '1', '-', '__proto__', 'constructor'), { maxLength: 3 }).map(tokens => tokens.map(token => `/${token}`).join(''))
  const operation = fc.record({ op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'), path: pointer, from: pointer, value: json })
  let applied = 0
  fc.assert(fc.property(json, fc.array(operation, { minLength: 1, maxLength: 4 }), (document, patch) => {
    const result = applyJsonPatch(frozen(document), frozen(patch), limits)
    if ('ok' in result) applied++
    const again = applyJsonPatch(document, patch, limits)
    return jsonEquals(result as Json, again as Json)
  }), { numRuns: 2000 })
  t.ok(applied > 50, `${applied} applied`)
  t.end()
})
