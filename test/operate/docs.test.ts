import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { codeBlocks, tables } from '../contract/readme.js'

const page = 'docs/operate.md'
const text = readFileSync(page, 'utf8')
const tests = ['privileges', 'backup'].map((name) => readFileSync(`test/operate/${name}.test.ts`, 'utf8')).join('')

t.test('docs/operate.md: each snippet is one that a test runs', (t) => {
  const snippets = [...text.matchAll(/^## (.*)\n((?:(?!^## )[^])*)/gm)].flatMap(([, heading = '', part = '']) => codeBlocks(part).map(({ language }) => ({ heading, language })))
  t.strictSame(snippets.map(({ language }) => language), ['js', 'js', 'js', 'js', 'text'])
  t.strictSame(snippets.filter(({ heading, language }) => language === 'js' && !tests.includes(`'${heading}').code('js')`)), [])
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  t.match(scripts, { erase: 'node dist/erase/main.js', preerase: 'npm run build' })
  t.ok(existsSync('src/erase/main.ts'))
  t.end()
})

t.test('docs/operate.md: the lines of a start that stops are those that the service has', (t) => {
  const [rows = []] = tables(text)
  const sentences = readFileSync('src/versioned-store/indexes.ts', 'utf8')
  t.equal(rows.length, 3)
  for (const [line = ''] of rows) {
    const shown = line.replaceAll('`', '')
    const pattern = shown.replace('users', '\\$\\{[^}]+\\}').replace('data.email', '\\$\\{[^}]+\\}').replace('the index', 'the index \\$')
    t.match(sentences, new RegExp(pattern), shown)
  }
  t.end()
})

t.test('docs/operate.md: the lines of a storage that fails are those that the service has', (t) => {
  const [, section = ''] = text.split('## When the storage fails\n')
  const [rows = []] = tables(section)
  const sentences = ['data-directory', 'storage-failure', 'keep-running'].map((name) => readFileSync(`src/embedded-mongod/${name}.ts`, 'utf8')).join('').replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, '…')
  t.equal(rows.length, 4)
  for (const [line = ''] of rows) t.ok(sentences.includes(line.replaceAll('`', '').replace('/data', '…')), line)
  for (const line of ['mongod ended while it was needed', 'mongod runs again']) t.ok(section.includes(`\`${line}\``) && sentences.includes(line), line)
  t.match(sentences, /leastRoom = 16 \* 1024 \* 1024/)
  t.end()
})

t.test('docs/operate.md links to files that there are', (t) => {
  const linked = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path)
  t.ok(linked.length >= 4)
  t.strictSame(linked.filter((path) => !existsSync(join(dirname(page), path))), [])
  t.end()
})
