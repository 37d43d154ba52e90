import { readFileSync } from 'node:fs'
import t from 'tap'
import ts from 'typescript'
import { printedByClient } from '../exchanges.js'
import { startService } from './service.js'

const page = readFileSync('docs/client.md', 'utf8')
const blocks = (language: string): string[] => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block ?? '')

t.test('the examples of the page, run one after the other, print what it says', async (t) => {
  const base = await startService(t)
  t.equal(await printedByClient(t, blocks('ts').join('\n'), base), blocks('text').join(''))
})

t.test('the examples of the page are well typed', (t) => {
  const file = `${t.testdir({ 'examples.ts': blocks('ts').join('\n') })}/examples.ts`
  const { config } = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')) as { config: { compilerOptions: object } }
  const { options } = ts.parseJsonConfigFileContent({ ...config, compilerOptions: { ...config.compilerOptions, module: 'ESNext', moduleResolution: 'Bundler', declaration: false, paths: { 'noclobber/client': ['./src/client/index.ts'] } } }, ts.sys, process.cwd())
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options)).map(({ messageText, start, file }) => `${file?.text.slice(start, (start ?? 0) + 60) ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
  t.strictSame(found, [])
  t.end()
})
