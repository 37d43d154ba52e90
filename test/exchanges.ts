import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { Test } from 'tap'
import type { AppOptions } from '../src/app.js'
import { buildTestApp, listen } from './app.js'
import { codeBlocks } from './contract/readme.js'

const run = promisify(execFile)

/** A code block of a page. */
type Block = ReturnType<typeof codeBlocks>[number]

/** Why the exchanges of a page can't be run; undefined where they can. */
export const noCurl = await run('curl', ['--version']).then(() => undefined, () => 'there is no curl here')

/** What was printed, but for times, and ids that the service chose. */
const lasting = (text: string): string => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replace(/(?!66c0ffee)[0-9a-f]{24}/g, 'ID')

/** Compares a reply with an `http` block: the headers that stand there, and the whole body. */
const compareReply = (t: Test, printed: string, expected: string): void => {
  const [head = '', body = ''] = printed.replaceAll('\r', '').split('\n\n')
  const [expectedHead = '', expectedBody = ''] = lasting(expected.trimEnd()).split('\n\n')
  const expectedLines = expectedHead.split('\n')
  t.strictSame(lasting(head).split('\n').filter((line) => expectedLines.includes(line)), expectedLines)
  t.equal(body === '' ? '' : lasting(JSON.stringify(JSON.parse(body), undefined, 2)), expectedBody)
}

/** What code for the client prints, the blocks of a page one after the other. */
export const printedByClient = async (t: Test, code: string, base: string): Promise<string> => {
  const contents = code.replaceAll('http://127.0.0.1:3000', base)
  const { outputFiles } = await build({ stdin: { contents, loader: 'ts', resolveDir: '.' }, alias: { 'noclobber/client/watch': './src/client/watch.ts', 'noclobber/client': './src/client/index.ts' }, bundle: true, format: 'esm', platform: 'node', write: false })
  const file = t.testdir({ 'examples.mjs': outputFiles[0]?.text ?? '' }) + '/examples.mjs'
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('_TAPJS')))
  return (await run(process.execPath, [file], { env })).stdout
}

/**
 * Runs the blocks of a page that are `sh`, or code for the client (`ts`), one after the other on a service of its own, and compares
 * what each prints with the `http` or `text` block after it.
 */
export const runExchanges = async (t: Test, blocks: readonly Block[], options: Partial<AppOptions> = {}): Promise<void> => {
  const { app } = await buildTestApp(t, options)
  const base = await listen(app)
  const shown = blocks.filter(({ language }) => ['sh', 'ts', 'http', 'text'].includes(language))
  t.ok(shown.length > 0)
  for (let i = 0; i < shown.length; i += 2) {
    const [command, reply] = [shown[i], shown[i + 1]]
    if (command === undefined || reply === undefined) throw new Error('a command without what it prints')
    t.ok(['sh', 'ts'].includes(command.language) && ['http', 'text'].includes(reply.language))
    const printed = command.language === 'ts'
      ? await printedByClient(t, command.code, base)
      : (await run('sh', ['-c', command.code.replaceAll('http://127.0.0.1:3000', base)])).stdout
    if (reply.language === 'http') compareReply(t, printed, reply.code)
    else t.equal(lasting(printed.replaceAll('\r', '')), lasting(reply.code))
  }
}

/** The same for a page of `docs/`. */
export const runPage = (t: Test, page: string): Promise<void> => runExchanges(t, codeBlocks(readFileSync(page, 'utf8')))
