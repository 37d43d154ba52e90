import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { buildTestApp, listen } from '../app.js'
import { codeBlocks, sectionOf } from './readme.js'

const run = promisify(execFile)
const hasCurl = await run('curl', ['--version']).then(() => true, () => false)

/** What was printed, but for the times. */
const timeless = (text: string) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')

t.test('the commands of the README print what it says', { skip: hasCurl ? false : 'there is no curl here' }, async (t) => {
  const { app } = await buildTestApp(t)
  const base = await listen(app)
  const blocks = codeBlocks(sectionOf('Five minutes with curl'))
  const steps = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code)
  const replies = blocks.filter(({ language }) => language === 'http').map(({ code }) => code)
  t.equal(steps.length, replies.length)
  t.ok(replies.some((reply) => reply.startsWith('HTTP/1.1 409 Conflict\n')))

  for (const [i, step] of steps.entries()) {
    const { stdout } = await run('sh', ['-c', step.replaceAll('http://127.0.0.1:3000', base)])
    const [head = '', body = ''] = stdout.replaceAll('\r', '').split('\n\n')
    const [expectedHead = '', expectedBody = ''] = (replies[i] ?? '').split('\n\n')
    const lines = head.split('\n')
    t.strictSame(lines.filter((line) => expectedHead.split('\n').includes(line)), expectedHead.split('\n'))
    t.equal(timeless(JSON.stringify(JSON.parse(body), undefined, 2)), timeless(expectedBody.trimEnd()))
  }
})
