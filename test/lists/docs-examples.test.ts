import { readFileSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { create, send } from '../contract/stored.js'
import { books } from './books.js'
import { idsOf, readPage } from './walk.js'

const page = readFileSync('docs/lists.md', 'utf8')
const blocks = (language: string): string[] => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block ?? '')

t.test('the declaration of the page is one that works', (t) => {
  t.strictSame(blocks('ts').map((block) => block.replace("'noclobber'", "'../../src/index.js'")), [readFileSync('test/lists/books.ts', 'utf8')])
  t.end()
})

t.test('the examples of the page reply as it says', async (t) => {
  const { app } = await buildTestApp(t, { resources: [books] })
  const [crime, poetry, travel] = await Promise.all((['crime', 'poetry', 'travel'] as const).map((genre, i) => create(app, '/api/books', { title: `book ${i}`, genre, authors: ['Ada', 'Ben'].slice(i % 2), price: 10 + 2 * i })))
  const examples = blocks('http')
  t.equal(examples.length, 6)
  const found: string[][] = []
  for (const example of examples) {
    const [request = '', status = ''] = example.split('\n')
    const url = request.replace(/^GET /, '')
    const reply = await send(app, 'GET', url)
    t.equal(`${reply.statusCode} ${STATUS_CODES[reply.statusCode] ?? ''}`, status, url)
    if (reply.statusCode === 200) found.push(idsOf((await readPage(app, url)).items).sort())
  }
  const ids = (...documents: (typeof crime)[]) => documents.map((document) => document?.id ?? '').sort()
  t.strictSame(found.slice(1), [ids(crime), ids(crime, poetry), ids(crime, travel), ids(crime, poetry, travel)])
  t.equal(found[0]?.length, 2)
})
