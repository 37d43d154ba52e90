import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { parseEntityTagList } from '../../src/preconditions/entity-tag-list.js'
import { matchesStrongly, matchesWeakly, printEntityTag, printVersion, readEntityTag, versionOf } from '../../src/preconditions/entity-tag.js'

const version = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const tagCharacter = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x22 && code !== 0x7f && !(code > 0x7f && code < 0x80))
  .map((code) => String.fromCharCode(code))
const opaque = fc.string({ unit: tagCharacter, maxLength: 30 })
const coding = fc.constantFrom('gzip', 'br', 'zstd', 'deflate')
const separator = fc.constantFrom('-', ';', '--', ';;', '-;', ';-')

t.test('parsing what was printed gives it back', (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.boolean(), opaque, (weak, opaque) => {
    const text = printEntityTag({ weak, opaque })
    assert.deepEqual(readEntityTag(text, 0), { tag: { weak, opaque, version: versionOf(opaque) }, end: text.length })
  })))
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(fc.record({ weak: fc.boolean(), opaque }), { minLength: 1, maxLength: 100 }), (tags) => {
    assert.deepEqual(parseEntityTagList(tags.map(printEntityTag).join(', ')), {
      kind: 'tags', tags: tags.map(({ weak, opaque }) => ({ weak, opaque, version: versionOf(opaque) }))
    })
  })))
  t.end()
})

t.test('the tag of a version names that version, quoted, bare or with the suffix of a compressing server', (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(version, separator, coding, (version, separator, coding) => {
    const named = [printVersion(version), String(version), `"${version}${separator}${coding}"`].map((text) => readEntityTag(text, 0)?.tag.version)
    assert.deepEqual(named, [version, version, version])
  })))
  t.end()
})

t.test('what is no version names none', (t) => {
  for (const opaque of [
    '', '0', '05', '+5', '-5', '5.0', '5e0', '0x5', ' 5', '5 ', 'x', '3x', 'x3', '٥', '9007199254740992', '99999999999999999999',
    'gzip', '-gzip', '5gzip', '5_gzip', '5---gzip', '5-GZIP', '5-gzip-br', '5-', '5-identity', '05-gzip'
  ]) t.equal(versionOf(opaque), null, JSON.stringify(opaque))
  t.equal(versionOf('9007199254740991'), Number.MAX_SAFE_INTEGER)
  t.end()
})

t.test('a weak tag never matches under strong comparison, and does under weak', (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(version, version, (named, stored) => {
    const weak = { weak: true, opaque: String(named), version: named }
    const strong = { ...weak, weak: false }
    assert.equal(matchesStrongly(weak, stored), false)
    assert.equal(matchesStrongly(weak, named), false)
    assert.equal(matchesStrongly(strong, named), true)
    assert.equal(matchesWeakly(weak, named), true)
    assert.equal(matchesStrongly(strong, stored), named === stored)
    assert.equal(matchesWeakly(weak, stored), named === stored)
  })))
  t.equal(matchesWeakly({ weak: false, opaque: 'x', version: null }, 1), false)
  t.end()
})

t.test('lists', (t) => {
  const tag = (opaque: string, weak = false) => ({ weak, opaque, version: versionOf(opaque) })
  const lists: [string, ReturnType<typeof parseEntityTagList>][] = [
    ['*', { kind: 'star' }],
    [' \t*\t', { kind: 'star' }],
    ['"5"', { kind: 'tags', tags: [tag('5')] }],
    ['5', { kind: 'tags', tags: [tag('5')] }],
    ['3, 5', { kind: 'tags', tags: [tag('3'), tag('5')] }],
    ['"3","5"', { kind: 'tags', tags: [tag('3'), tag('5')] }],
    ['"3" \t,\t W/"5"', { kind: 'tags', tags: [tag('3'), tag('5', true)] }],
    [', ,"3",, "5" ,', { kind: 'tags', tags: [tag('3'), tag('5')] }],
    ['"a,b;c\\"', { kind: 'tags', tags: [tag('a,b;c\\')] }],
    ['"*"', { kind: 'tags', tags: [tag('*')] }],
    ['""', { kind: 'tags', tags: [tag('')] }],
    ['"\xe9"', { kind: 'tags', tags: [tag('\xe9')] }],
    ['', { kind: 'fault', fault: 'empty' }],
    [' , ,\t', { kind: 'fault', fault: 'empty' }],
    ['*, "5"', { kind: 'fault', fault: 'star-among-tags' }],
    ['"5", *', { kind: 'fault', fault: 'star-among-tags' }],
    ['*, *', { kind: 'fault', fault: 'star-among-tags' }],
    ...['five', '"5', '5"', '"5""6"', '"5" "6"', '"5";', 'w/"5"', 'W/5', 'W"5"', 'W/ "5"', '+5', '5.0', '5-gzip', "'5'", '"a b"', '"a\x00"', '"\u0100"', '**', '*x', '"5" *', '-']
      .map((text): [string, ReturnType<typeof parseEntityTagList>] => [text, { kind: 'fault', fault: 'syntax' }])
  ]
  for (const [text, list] of lists) t.strictSame(parseEntityTagList(text), list, JSON.stringify(text))
  t.end()
})

t.test('100 tags are a list, 101 are not', (t) => {
  const tags = (count: number) => Array.from({ length: count }, (_, at) => `"${at + 1}"`).join(',')
  t.equal(parseEntityTagList(tags(100)).kind, 'tags')
  t.strictSame(parseEntityTagList(tags(101)), { kind: 'fault', fault: 'too-many' })
  t.end()
})

t.test('no input makes it throw', (t) => {
  const hostile = fc.string({ unit: fc.constantFrom('"', 'W', '/', '*', ',', ' ', '\t', '5', '-', ';', 'gzip', 'x', '\0', '\u0100', '\ud800'), maxLength: 60 })
  t.doesNotThrow(() => fc.assert(fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (text) => {
    assert.match(parseEntityTagList(text).kind, /^(?:star|tags|fault)$/)
  }), { numRuns: 500 }))
  t.end()
})

t.test('the work grows with the length, not with its square', (t) => {
  // At this length a parser that looks twice from each character would not end within the time that a test has.
  const length = 1_000_000
  for (const unit of [',', ' ', '"', '5', '*', 'W/', '-', '"5', '" ', ', ', '\t,']) parseEntityTagList(unit.repeat(length))
  for (const unit of ['-', ';', '5', 'gzip', '-gzip', 'x', ',', '-;']) {
    t.strictSame(parseEntityTagList(`"5${unit.repeat(length)}`), { kind: 'fault', fault: 'syntax' })
    t.equal(versionOf(`5${unit.repeat(length)}gzip`), null)
  }
  t.end()
})
