import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import t from 'tap'
import ts from 'typescript'
import { startService } from './service.js'

const page = readFileSync('docs/client.md', 'utf8')
const blocks = (language: string): string[] => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block ?? '')

t.test('the examples of the page, run one after the other, print what it says', async (t) => {
  const base = await startService(t)
  const contents = blocks('ts').join('\n').replaceAll('http://127.0.0.1:3000', base)
  const { outputFiles } = await build({ stdin: { contents, loader: 'ts', resolveDir: '.' }, alias: { 'noclobber/client': './src/client/index.ts' }, bundle: true, format: 'esm', platform: 'node', write: false })
  const file = t.testdir({ 'examples.mjs': outputFiles[0]?.text ?? '' }) + '/examples.mjs'
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('_TAPJS')))
  const run = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  run.stdout.setEncoding('utf8').on('data', (text: string) => { printed += text })
  t.strictSame(await once(run, 'close'), [0, null])
  t.equal(printed, blocks('text').join(''))
})

t.test('the examples of the page are well typed', (t) => {
  const file = `${t.testdir({ 'examples.ts': blocks('ts').join('\n') })}/examples.ts`
  const { config } = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')) as { config: { compilerOptions: object } }
  const { options } = ts.parseJsonConfigFileContent({ ...config, compilerOptions: { ...config.compilerOptions, module: 'ESNext', moduleResolution: 'Bundler', declaration: false, paths: { 'noclobber/client': ['./src/client/index.ts'] } } }, ts.sys, process.cwd())
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options)).map(({ messageText, start, file }) => `${file?.text.slice(start, (start ?? 0) + 60) ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
  t.strictSame(found, [])
  t.end()
})
