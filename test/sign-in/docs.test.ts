import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { codeBlocks } from '../contract/readme.js'
import { noCurl, runExchanges } from '../exchanges.js'
import { notes } from './notes.js'
import { bySession } from './session.js'
import { secret } from './tokens.js'

const run = promisify(execFile)
const blocks = codeBlocks(readFileSync('docs/sign-in.md', 'utf8'))
const blocksOf = (language: string) => blocks.filter((block) => block.language === language).map(({ code }) => code)

t.test('docs/sign-in.md: the declarations are files that the tests run', (t) => {
  const asInstalled = (name: string) => readFileSync(`test/sign-in/${name}.ts`, 'utf8').replace("'../../src/index.js'", "'noclobber'")
  t.strictSame(blocksOf('ts'), ['notes', 'papers', 'session'].map(asInstalled))
  t.end()
})

t.test('docs/sign-in.md: each command prints what the page says, with tokens that its script makes', { skip: noCurl ?? false }, async (t) => {
  const [script = ''] = blocksOf('js')
  const file = join(t.testdir(), 'token.mjs')
  writeFileSync(file, script)
  for (const sub of ['ada', 'ben']) {
    const { stdout } = await run(process.execPath, [file, sub], { env: { AUTH_JWT_SECRET: secret } })
    process.env[sub.toUpperCase()] = stdout.trim()
  }
  await runExchanges(t, blocks.filter(({ language }) => language !== 'ts'), { resources: [notes], signIn: { tokens: { secret } } })
})

t.test('docs/sign-in.md: your own way to sign in', async (t) => {
  const { app } = await buildTestApp(t, { resources: [notes], signIn: { authenticate: bySession } })
  t.match(await app.inject({ method: 'POST', url: '/api/notes', payload: { text: 'A' }, headers: { 'x-session': '5f2c71' } }), { statusCode: 201 })
  t.match((await app.inject({ url: '/api/notes', headers: { 'x-session': '5f2c71' } })).json(), { items: [{ owner: 'ada' }] })
  t.match(await app.inject({ url: '/api/notes', headers: { 'x-session': 'other' } }), { statusCode: 401 })
})
