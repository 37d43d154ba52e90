import t from 'tap'
import { mergeLines } from '../../src/merge/merge-lines.js'

const text = (lines: string) => lines.split('').map(line => `${line}\n`).join('')

// Each result is that of `git merge-file -p theirs base yours`; undefined where it lists a conflict
const asGit: readonly (readonly [string, string, string, string | undefined])[] = [
  ['abcde', 'Abcde', 'abcdE', 'AbcdE'],
  ['abc', 'Abc', 'abC', 'AbC'],
  ['ab', 'Ab', 'aB', undefined],
  ['abc', 'xabc', 'abcy', 'xabcy'],
  ['abc', 'axbc', 'abyc', 'axbyc'],
  ['abc', 'axbc', 'aybc', undefined],
  ['abc', 'axbc', 'axbc', 'axbc'],
  ['abcde', 'axbcde', 'axbcdE', 'axbcdE'],
  ['abc', 'ac', 'aBc', undefined],
  ['abcd', 'bcd', 'abc', 'bc'],
  ['abc', '', 'abc', ''],
  ['abc', '', 'abC', undefined],
  ['', 'a', '', 'a'],
  ['', 'a', 'b', undefined],
  ['abcdefg', 'aBcdefg', 'abcdefGh', 'aBcdefGh'],
  ['xx', 'xxx', 'xxxx', undefined],
  ['xx', 'xxx', 'xxx', 'xxx'],
  ['a__b__c', 'A__b__c', 'a__b__C', 'A__b__C']
]

t.test('as git merges', t => {
  for (const [base, theirs, yours, merged] of asGit) {
    const expected = merged === undefined ? undefined : text(merged)
    t.equal(mergeLines(text(base), text(theirs), text(yours)), expected, `${base}: ${theirs} and ${yours}`)
    t.equal(mergeLines(text(base), text(yours), text(theirs)), expected, `${base}: ${yours} and ${theirs}`)
  }
  t.end()
})

t.test('the end of the last line, and carriage returns', t => {
  t.equal(mergeLines('a\nb\nc', 'A\nb\nc', 'a\nb\nc\n'), 'A\nb\nc\n')
  t.equal(mergeLines('a\nb\nc', 'a\nb\nc\nd', 'a\nb\nC'), undefined)
  t.equal(mergeLines('a\r\nb\r\nc\r\n', 'A\r\nb\r\nc\r\n', 'a\r\nb\r\nC\r\n'), 'A\r\nb\r\nC\r\n')
  t.equal(mergeLines('one line', 'one Line', 'One line'), undefined)
  t.end()
})

t.test('lines that look like names of every object, like numbers and like marks', t => {
  t.equal(mergeLines('__proto__\nconstructor\n0\n+\n+0\n', '__proto__\nconstructor\n0\n+\n+1\n', '1\nconstructor\n0\n+\n+0\n'), '1\nconstructor\n0\n+\n+1\n')
  t.end()
})

t.test('a text that would take long is not merged: one of many equal lines, of many changed ones, of very many', t => {
  const lines = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, index) => `${line(index)}\n`)
  const blank = lines(3000, () => '').join('')
  t.equal(mergeLines(`a\n${blank}b\n`, `A\n${blank}b\n`, `a\n${blank}B\n`), `A\n${blank}B\n`)
  const numbered = lines(1000, index => String(index))
  t.equal(mergeLines(numbered.join(''), [...numbered].reverse().join(''), numbered.slice(1).join('')), undefined)
  const long = lines(20_000, index => String(index))
  const at = (index: number) => long.with(index, 'changed\n').join('')
  t.equal(mergeLines(long.join(''), at(0), at(19_999)), undefined)
  t.equal(mergeLines(long.join(''), at(9_000), at(9_002)), long.with(9_000, 'changed\n').with(9_002, 'changed\n').join(''))
  t.end()
})
