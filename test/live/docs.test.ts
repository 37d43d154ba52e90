import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { buildTestApp, listen } from '../app.js'
import { codeBlocks } from '../contract/readme.js'
import { printedByClient } from '../exchanges.js'

const page = readFileSync('docs/live.md', 'utf8')
const blocks = (language: string): string => codeBlocks(page).filter((block) => block.language === language).map(({ code }) => code).join('')

t.test('the example of the page prints what it says', async (t) => {
  const { app } = await buildTestApp(t)
  t.equal(await printedByClient(t, blocks('ts'), await listen(app)), blocks('text'))
})

t.test('the tests that the page names are there', (t) => {
  for (const [, path = ''] of page.matchAll(/`(test\/[\w/.-]+)`/g)) t.ok(existsSync(path), path)
  t.end()
})
