import fc from 'fast-check'
import t from 'tap'
import { printTags, readTags } from '../../src/page/tags.js'

t.test('tags are the same after they were text', (t) => {
  const tag = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom('a', ',', '"', ' ', '\n', '\u{1f600}') })
  fc.assert(fc.property(fc.uniqueArray(tag), (tags) => { t.strictSame(readTags(printTags(tags)), tags) }), { numRuns: 300 })
  t.end()
})

t.test('what a person types is read as they mean it', (t) => {
  for (const [text, tags] of [
    ['', []],
    [' , ,', []],
    ['a,b ,  c,', ['a', 'b', 'c']],
    ['a, a', ['a']],
    ['"a, b" , c', ['a, b', 'c']],
    ['"a, b', ['"a', 'b']],
    ['"a" b, c', ['"a" b', 'c']],
    ['5" disk', ['5" disk']]
  ] as const) t.strictSame(readTags(text), tags, text)
  t.end()
})
