import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkSync } from 'recheck'
import t from 'tap'
import ts from 'typescript'
import { readPrefer } from '../../src/resources/prefer.js'

process.env.RECHECK_BACKEND = 'pure'

/** Patterns that take longer than linear time in the worst case, and why nobody can bring that about over HTTP. */
const never: Readonly<Record<string, string>> = {
  'src/conflict-translators/mongodb.ts': 'names of indexes, in a sentence of the database in which they stand before any value',
  'src/conflict-translators/postgresql.ts': 'names of indexes and columns, in a sentence of the database in which they stand before any value',
  'src/embedded-mongod/data-directory.ts': 'the command line of a process on this machine'
}

interface Pattern { readonly file: string, readonly source: string, readonly flags: string }

/** The pattern literals of a file. */
const patternsOf = (file: string): Pattern[] => {
  const found: Pattern[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      found.push({ file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) })
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest))
  return found
}

/**
 * Where a pattern repeats nothing without bound, its worst case is a constant number of steps a character; where it does so once, and
 * begins in one place only, that repetition is gone through twice at most.
 */
const repeats = ({ source }: Pattern): boolean => (source.match(/[*+]|\{\d+,\}/g)?.length ?? 0) > (source.startsWith('^') ? 1 : 0)

const isLinear = ({ source, flags }: Pattern): boolean => {
  const result = checkSync(source, flags, { timeout: 20_000 })
  return result.status === 'safe'
}

t.test('every pattern in src/ takes linear time in its worst case', (t) => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((file) => join('src', file)).filter((file) => /\.tsx?$/.test(file))
  const patterns = new Map(files.flatMap(patternsOf).filter((pattern) => repeats(pattern) && !(pattern.file in never)).map((pattern) => [`${pattern.source}/${pattern.flags}`, pattern]))
  t.ok(patterns.size > 10)
  const slow = [...patterns.values()].filter((pattern) => !isLinear(pattern))
  t.strictSame(slow.map(({ file, source }) => `${file} ${source}`), [])
  t.notOk(isLinear({ file: '', source: '(a+)+$', flags: '' }), 'one that takes longer is found')
  t.end()
})

t.test('a pattern that is applied again and again takes linear time as a whole: what it reads once it does not read again', (t) => {
  const steps = (length: number): number => {
    // Half of a header section of quotes that nothing closes.
    const text = '"\\'.repeat(length / 2)
    const startedAt = process.cpuUsage()
    for (let i = 0; i < 20; i++) readPrefer(text)
    const { user, system } = process.cpuUsage(startedAt)
    return user + system
  }
  steps(1_000)
  t.ok(steps(16_000) < 16 * 4 * Math.max(steps(1_000), 500), 'sixteen times as long a header takes nothing like 256 times as long')
  t.strictSame(readPrefer('return="minimal'), {}, 'a quote that nothing closes')
  t.strictSame(readPrefer('x="a,return=minimal", return=minimal'), { return: 'minimal' })
  t.strictSame(readPrefer('x="\\'), {})
  t.end()
})
