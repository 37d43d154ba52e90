import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createClient } from '../../src/client/index.js'
import type { Article } from '../../src/page/article.js'
import { buildTestApp, listen } from '../app.js'
import { startBrowser } from '../browser.js'
import { builtPage, conflictOf, editorOf, save, visit } from './page-service.js'

t.setTimeout(180_000)

const browser = await startBrowser(t)
const page = await builtPage(t)

t.test('the service restarts while two people edit: they go on, and nothing is lost', async (t) => {
  const database = `app-${randomBytes(6).toString('hex')}`
  const { app: first } = await buildTestApp(t, { page, database, closeGraceMs: 500 })
  const url = await listen(first)
  const client = createClient<Article>({ url: `${url}/api/articles` })
  const article = await client.create({ title: 'Before' })
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

t.test('the network drops in the middle of a save: nothing is lost, nothing doubled, and the page says so', async (t) => {
  const { app } = await buildTestApp(t, { page })
  const url = await listen(app)
  const client = createClient<Article>({ url: `${url}/api/articles` })
  const { page: tab, errors } = await visit(browser, url)
  const yours = editorOf(tab)
  const [title, text] = [yours.getByLabel('Title'), yours.getByLabel('Text')]
  const openNew = async (): Promise<string> => {
    const { id } = await client.create({ title: 'Before' })
    await tab.goto(`${url}/#/${id}`)
    await yours.locator('.state', { hasText: 'version 1' }).waitFor()
    return id
  }
  const stored = async (id: string) => {
    const { version, title, body } = await client.get(id)
    return { version, title, body }
  }
  /** Until the function is called that it gives, no save is answered: it is `lost`, or its reply is. */
  const drop = async (lost: 'request' | 'reply'): Promise<{ readonly dropped: () => number, readonly mend: () => Promise<void> }> => {
    let dropped = 0
    await tab.route('**/api/articles/*', async (route) => {
      if (route.request().method() !== 'PUT') {
        await route.fallback()
        return
      }
      if (lost === 'reply') await route.fetch()
      dropped++
      await route.abort('connectionreset')
    })
    return { dropped: () => dropped, mend: () => tab.unroute('**/api/articles/*') }
  }
  const trying = yours.getByText('No answer yet; it is tried again by itself, and your text is still here.')
  const begin = async (): Promise<void> => {
    await yours.getByRole('button', { name: 'Save', exact: true }).click()
    await trying.waitFor()
  }

  await t.test('the request never arrives: it is sent again, until it is saved', async (t) => {
    const id = await openNew()
    const { mend } = await drop('request')
    await title.fill('Arrives late')
    await begin()
    t.strictSame(await stored(id), { version: 1, title: 'Before', body: '' })
    await mend()
    await yours.getByText('Saved as version 2.').waitFor()
    t.strictSame(await stored(id), { version: 2, title: 'Arrives late', body: '' })
    t.equal(await trying.count(), 0)
  })

  await t.test('the reply is lost: it is sent again, and saved once', async (t) => {
    const id = await openNew()
    const { dropped, mend } = await drop('reply')
    await title.fill('Sent often, done once')
    await begin()
    while (dropped() < 2) await yours.getByText('Saving…').waitFor()
    t.equal((await stored(id)).version, 2)
    await mend()
    await yours.getByText('Saved as version 2.').waitFor()
    t.strictSame(await stored(id), { version: 2, title: 'Sent often, done once', body: '' })
  })

  await t.test('the reply is lost, and the person stops waiting: they are told that it is saved, and go on', async (t) => {
    const id = await openNew()
    const { mend } = await drop('reply')
    await title.fill('Saved')
    await begin()
    await yours.getByRole('button', { name: 'Stop waiting' }).click()
    await yours.getByText('What you wrote is saved: version 2.').waitFor()
    await mend()
    await text.fill('and more')
    await save(yours, 'Saved as version 3.')
    t.strictSame(await stored(id), { version: 3, title: 'Saved', body: 'and more' })
  })

  await t.test('all is cut off, and the person stops waiting: they write on, and save when it is back', async (t) => {
    const id = await openNew()
    await title.fill('Typed before')
    await tab.context().setOffline(true)
    await begin()
    await yours.getByRole('button', { name: 'Stop waiting' }).click()
    await yours.getByText('You stopped waiting, so it is not known whether this was saved. Your text is still here; to save it again does no harm.').waitFor()
    await text.fill('typed meanwhile')
    t.strictSame(await stored(id), { version: 1, title: 'Before', body: '' })
    await tab.context().setOffline(false)
    await save(yours, 'Saved as version 2.')
    t.strictSame(await stored(id), { version: 2, title: 'Typed before', body: 'typed meanwhile' })
  })
  t.strictSame(errors, [])
})
