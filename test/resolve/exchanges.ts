import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { buildTestApp, listen } from '../app.js'
import { codeBlocks } from '../contract/readme.js'

const run = promisify(execFile)

/** Why the exchanges of a page can't be run; undefined where they can. */
export const noCurl = await run('curl', ['--version']).then(() => undefined, () => 'there is no curl here')

/** What was printed, but for times, and ids that the service chose. */
const lasting = (text: string): string => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replace(/(?!66c0ffee)[0-9a-f]{24}/g, 'ID')

/**
 * Runs the commands of a page, its `sh` blocks, one after the other on a service of its own, and compares what each prints with
 * the `http` block after it: the headers that stand there, and the whole body.
 */
export const runExchanges = async (t: Test, page: string): Promise<void> => {
  const { app } = await buildTestApp(t)
  const base = await listen(app)
  const blocks = codeBlocks(readFileSync(page, 'utf8')).filter(({ language }) => language === 'sh' || language === 'http')
  t.ok(blocks.length > 0)
  for (let i = 0; i < blocks.length; i += 2) {
    const [command, reply] = [blocks[i], blocks[i + 1]]
    t.strictSame([command?.language, reply?.language], ['sh', 'http'])
    const { stdout } = await run('sh', ['-c', (command?.code ?? '').replaceAll('http://127.0.0.1:3000', base)])
    const [head = '', body = ''] = stdout.replaceAll('\r', '').split('\n\n')
    const [expectedHead = '', expectedBody = ''] = lasting(reply?.code.trimEnd() ?? '').split('\n\n')
    const expectedLines = expectedHead.split('\n')
    t.strictSame(lasting(head).split('\n').filter((line) => expectedLines.includes(line)), expectedLines)
    t.equal(body === '' ? '' : lasting(JSON.stringify(JSON.parse(body), undefined, 2)), expectedBody)
  }
}
