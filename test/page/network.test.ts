import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createClient } from '../../src/client/index.js'
import type { Article } from '../../src/page/article.js'
import { buildTestApp, listen } from '../app.js'
import { startBrowser } from '../browser.js'
import { builtPage, conflictOf, editorOf, save, visit } from './page-service.js'

t.setTimeout(180_000)

t.test('the service restarts while two people edit: they go on, and nothing is lost', async (t) => {
  const page = await builtPage(t)
  const database = `app-${randomBytes(6).toString('hex')}`
  const { app: first } = await buildTestApp(t, { page, database, closeGraceMs: 500 })
  const url = await listen(first)
  const client = createClient<Article>({ url: `${url}/api/articles` })
  const article = await client.create({ title: 'Before' })
  const browser = await startBrowser(t)
  const ada = await visit(browser, `${url}/#/${article.id}`)
  const ben = await visit(browser, `${url}/#/${article.id}`)
  const [adas, bens] = [editorOf(ada.page), editorOf(ben.page)]
  await adas.getByLabel('Text').fill('by Ada, typed before the restart')
  await bens.getByLabel('Title').fill('Ben')
  await ada.page.getByText('live', { exact: true }).waitFor()
  await ben.page.getByText('live', { exact: true }).waitFor()

  await first.close()
  await ada.page.getByText('connecting', { exact: true }).waitFor()
  await adas.getByRole('button', { name: 'Save', exact: true }).click()
  await adas.getByText('Saving…').waitFor()
  const { app: second } = await buildTestApp(t, { page, database })
  await second.listen({ host: '127.0.0.1', port: Number(new URL(url).port) })

  await adas.getByText('Saved as version 2.').waitFor()
  await bens.getByText('Somebody else saved version 2 while you edit').waitFor()
  await adas.getByLabel('Title').fill('Ada')
  await save(adas, 'Saved as version 3.')
  await bens.getByRole('button', { name: 'Save', exact: true }).click()
  const conflict = conflictOf(ben.page)
  await conflict.getByRole('radio', { name: 'Take theirs' }).check()
  await conflict.getByRole('button', { name: 'Save the result' }).click()
  await bens.getByText('There was nothing to save.').or(bens.getByText('Saved as version')).waitFor()
  const { version, title, body } = await createClient<Article>({ url: `${url}/api/articles` }).get(article.id)
  t.strictSame({ version, title, body }, { version: 3, title: 'Ada', body: 'by Ada, typed before the restart' })
  t.strictSame([...ada.errors, ...ben.errors], [])
})
