import t from 'tap'
import { buildTestApp } from '../app.js'
import { sectionOf, tables } from './readme.js'
import { articleAt, deletedArticleAt, send, urlOf } from './stored.js'

t.test('the tables of the README tell the replies', async (t) => {
  const { app } = await buildTestApp(t)
  let ids = 0
  const states = [
    async () => urlOf(await articleAt(app, 5)),
    async () => Promise.resolve(`/api/articles/${String(++ids).padStart(24, '0')}`),
    async () => (await deletedArticleAt(app, 5)).url
  ]
  const [changes = [], reads = []] = tables(sectionOf('Which reply when'))
  t.ok(changes.length >= 7 && reads.length >= 4)

  const check = async (methods: readonly ('GET' | 'PUT' | 'PATCH' | 'DELETE')[], rows: readonly string[][]) => {
    for (const [precondition = '', ...cells] of rows) {
      const [, name, value] = /^`(.*?): (.*)`$/.exec(precondition) ?? []
      if (name === undefined && precondition !== 'none') t.fail(`no header: ${precondition}`)
      t.equal(cells.length, states.length)
      for (const [i, cell] of cells.entries()) {
        const statuses = []
        for (const method of methods) {
          const url = await states[i]?.() ?? ''
          const body = method === 'PUT' || method === 'PATCH' ? { title: 'B' } : undefined
          statuses.push((await send(app, method, url, body, { ...(name !== undefined && value !== undefined && { [name]: value }) })).statusCode)
        }
        t.equal(statuses.join(' '), cell, `${precondition}, column ${i + 1}`)
      }
    }
  }
  await check(['PUT', 'PATCH', 'DELETE'], changes)
  await check(['GET'], reads)
})
