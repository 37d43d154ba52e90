import t from 'tap'
import type { Json } from '../../src/merge/json.js'
import { applyMergePatch } from '../../src/merge/merge-patch.js'

// RFC 7396 appendix A, row by row: original, patch, result
const appendix: readonly (readonly [string, string, string])[] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', 'null', 'null'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}']
]

const beyond: readonly (readonly [string, string, string])[] = [
  ['{"a":1}', '{"__proto__":{"b":2}}', '{"a":1,"__proto__":{"b":2}}'],
  ['{"__proto__":{"a":1,"b":2}}', '{"__proto__":{"a":null}}', '{"__proto__":{"b":2}}'],
  ['{"__proto__":1,"a":2}', '{"__proto__":null}', '{"a":2}'],
  ['{}', '{"constructor":{"prototype":{"x":1}},"toString":null}', '{"constructor":{"prototype":{"x":1}}}'],
  ['{"a":{"b":null,"c":0,"d":"","e":[],"f":{}}}', '{"a":{"g":false}}', '{"a":{"b":null,"c":0,"d":"","e":[],"f":{},"g":false}}'],
  ['{"a":[null]}', '{"a":[null,{"b":null}]}', '{"a":[null,{"b":null}]}'],
  ['{"b":1,"a":2}', '{"a":3,"b":4}', '{"b":4,"a":3}']
]

for (const [title, rows] of [['RFC 7396 appendix A', appendix], ['beyond the appendix', beyond]] as const) {
  t.test(title, t => {
    for (const [target, patch, result] of rows) {
      const targetValue = JSON.parse(target) as Json
      const patchValue = JSON.parse(patch) as Json
      t.equal(JSON.stringify(applyMergePatch(targetValue, patchValue)), result, `${target} patched with ${patch}`)
      t.equal(JSON.stringify(targetValue), target, 'the target is as it was')
      t.equal(JSON.stringify(patchValue), patch, 'the patch is as it was')
    }
    t.end()
  })
}

t.test('a patch of __proto__ leaves every prototype alone', t => {
  const patched = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true},"a":{"__proto__":{"polluted":true}}}') as Json)
  t.equal(Object.getPrototypeOf(patched), Object.prototype)
  t.notOk('polluted' in Object.prototype)
  t.notOk('polluted' in (patched as { a: object }).a)
  t.end()
})

t.test('100 levels of nesting, and 1 000', t => {
  for (const levels of [100, 1000]) {
    const nested = (leaf: string) => `${'{"a":'.repeat(levels)}${leaf}${'}'.repeat(levels)}`
    const patched = applyMergePatch(JSON.parse(nested('{"b":1,"c":2}')) as Json, JSON.parse(nested('{"b":null,"d":3}')) as Json)
    t.equal(JSON.stringify(patched), nested('{"c":2,"d":3}'))
  }
  t.end()
})
