import t from 'tap'
import type { Article } from '../../src/page/article.js'
import { startBrowser } from '../browser.js'
import { conflictOf, editorOf, save, startPageService, visit } from './page-service.js'

// To unpack the browser takes a while, the first time.
t.setTimeout(180_000)

t.test('two people edit one article, each in a browser', async (t) => {
  const [{ url, client }, browser] = await Promise.all([startPageService(t), startBrowser(t)])
  const ada = await visit(browser, url)
  const ben = await visit(browser, url)

  /** Both open the same article, which appears in the lists of both by itself. */
  const openBoth = async (content: { readonly title: string, readonly body?: string, readonly tags?: readonly string[] }): Promise<Article> => {
    const article = await client.create(content)
    for (const { page } of [ada, ben]) {
      await page.getByRole('link', { name: content.title }).click()
      await page.waitForURL(`**/#/${article.id}`)
      await editorOf(page).locator('.state', { hasText: 'version 1' }).waitFor()
    }
    return article
  }
  const stored = async ({ id }: Article): Promise<Pick<Article, 'version' | 'title' | 'body' | 'tags'>> => {
    const { version, title, body, tags } = await client.get(id)
    return { version, title, body, tags }
  }
  const [adas, bens] = [editorOf(ada.page), editorOf(ben.page)]

  await t.test('different fields, and different lines of one, are merged without a question', async (t) => {
    const article = await openBoth({ title: 'Fields', body: 'one\ntwo\nthree\nfour\nfive', tags: ['x'] })
    await bens.getByLabel('Title').fill('Fields by Ben')
    await bens.getByLabel('Text').fill('ONE\ntwo\nthree\nfour\nfive')
    await adas.getByLabel('Text').fill('one\ntwo\nthree\nfour\nFIVE')
    await adas.getByLabel('Tags').fill('x, by Ada')
    await save(bens, 'Saved as version 2.')
    await adas.getByText('Somebody else saved version 2 while you edit').waitFor()
    await save(adas, 'Saved as version 3. Somebody else had changed title and text; both changes are in it.')
    t.strictSame(await stored(article), { version: 3, title: 'Fields by Ben', body: 'ONE\ntwo\nthree\nfour\nFIVE', tags: ['x', 'by Ada'] })
    await bens.getByText('Somebody else saved version 3, and you see it now.').waitFor()
    t.equal(await bens.getByLabel('Text').inputValue(), 'ONE\ntwo\nthree\nfour\nFIVE', 'who has nothing unsaved sees it at once')
  })

  for (const { choice, result } of [{ choice: 'Take theirs', result: "Ben's" }, { choice: 'Keep yours', result: "Ada's" }, { choice: 'Edit', result: 'By both' }]) {
    await t.test(`the same field asks, and what is chosen is stored: ${choice}`, async (t) => {
      const title = choice.replace(' ', '-')
      const article = await openBoth({ title, tags: ['x'] })
      await adas.getByLabel('Title').fill("Ada's")
      await adas.getByLabel('Tags').fill('x, by Ada')
      await bens.getByLabel('Title').fill("Ben's")
      await save(bens, 'Saved as version 2.')
      await adas.getByRole('button', { name: 'Save', exact: true }).click()
      const conflict = conflictOf(ada.page)
      await conflict.waitFor()
      t.strictSame(await conflict.locator('.side').allTextContents(), [`Before (base)${title}`, `Theirs, stored nowremoved: ${title}added: Ben's`, `Yours, not savedremoved: ${title}added: Ada's`], 'three sides')
      t.equal(await conflict.getByText('Already merged').count(), 1)
      await conflict.getByRole('button', { name: 'Save the result' }).click()
      await conflict.getByText('Choose for each field').waitFor()
      t.equal((await stored(article)).version, 2, 'nothing is sent without a choice')
      await conflict.getByRole('radio', { name: choice }).check()
      if (choice === 'Edit') await conflict.getByRole('textbox').fill(result)
      await conflict.getByRole('button', { name: 'Save the result' }).click()
      await adas.getByText('Saved as version 3.').waitFor()
      t.strictSame(await stored(article), { version: 3, title: result, body: '', tags: ['x', 'by Ada'] })
      t.equal((await client.revision(article.id, 2)).title, "Ben's", 'what was saved first is in the history')
    })
  }

  await t.test('who decides while somebody saves again is asked again, and loses nothing', async (t) => {
    const article = await openBoth({ title: 'Loop' })
    await adas.getByLabel('Title').fill('Ada')
    await bens.getByLabel('Title').fill('Ben')
    await save(bens, 'Saved as version 2.')
    await adas.getByRole('button', { name: 'Save', exact: true }).click()
    const conflict = conflictOf(ada.page)
    await conflict.getByRole('radio', { name: 'Keep yours' }).check()
    await bens.getByLabel('Title').fill('Benjamin')
    await save(bens, 'Saved as version 3.')
    await conflict.getByRole('button', { name: 'Save the result' }).click()
    await conflict.getByText('While you decided, somebody saved again').waitFor()
    t.equal((await stored(article)).title, 'Benjamin')
    t.strictSame(await conflict.locator('.side').allTextContents(), ['Before (base)Ben', 'Theirs, stored nowremoved: Benadded: Benjamin', 'Yours, not savedremoved: Benadded: Ada'], 'what she chose is hers still')
    await conflict.getByRole('button', { name: 'Back to your text' }).click()
    await adas.getByText('Nothing was saved. Your text is still here.').waitFor()
    t.equal(await adas.getByLabel('Title').inputValue(), 'Ada')
    await adas.getByRole('button', { name: 'Save', exact: true }).click()
    await conflict.getByRole('radio', { name: 'Keep yours' }).check()
    await conflict.getByRole('button', { name: 'Save the result' }).click()
    await adas.getByText('Saved as version 4.').waitFor()
    t.strictSame(await stored(article), { version: 4, title: 'Ada', body: '', tags: [] })
  })

  await t.test('each sees who else is there, under the name that they give, until they leave', async (t) => {
    const article = await openBoth({ title: 'Present' })
    await adas.getByText(/^Also here: Guest \d{4}$/).waitFor()
    await adas.getByLabel('Others see you as').fill('Ada Lovelace')
    await adas.getByLabel('Others see you as').press('Enter')
    await bens.getByText('Also here: Ada Lovelace', { exact: true }).waitFor()
    await bens.getByLabel('Others see you as').fill(' Ben\u202e ')
    await bens.getByLabel('Others see you as').press('Enter')
    await adas.getByText('Also here: Ben', { exact: true }).waitFor()
    await ada.page.getByRole('button', { name: "Open another person's editor" }).click()
    await bens.getByText('Also here: Ada Lovelace', { exact: true }).waitFor()
    await ada.page.getByRole('button', { name: 'Close' }).click()
    await ben.page.getByRole('link', { name: 'Fields by Ben' }).click()
    await adas.locator('.presence p:empty').waitFor({ state: 'attached' })
    const cem = await visit(browser, `${url}/#/${article.id}`)
    await editorOf(cem.page).getByText('Also here: Ada Lovelace', { exact: true }).waitFor()
    await adas.getByText(/^Also here: Guest/).waitFor()
    await cem.page.context().close()
    await adas.locator('.presence p:empty').waitFor({ state: 'attached' })
    t.strictSame(cem.errors, [])
  })

  await t.test('a tag that has a comma stays one tag', async (t) => {
    const article = await openBoth({ title: 'Tags', tags: ['red, green', 'say "hi"'] })
    t.equal(await adas.getByLabel('Tags').inputValue(), '"red, green", say "hi"')
    await adas.getByLabel('Tags').fill('"red, green", say "hi", blue, blue, , "a ""b"", c"')
    await save(adas, 'Saved as version 2.')
    t.strictSame((await stored(article)).tags, ['red, green', 'say "hi"', 'blue', 'a "b", c'])
  })

  await t.test('published, archived, deleted, brought back: each is seen by the other', async (t) => {
    const article = await openBoth({ title: 'States' })
    await bens.getByLabel('Text').fill('Ben writes on')
    await adas.getByRole('button', { name: 'Publish' }).click()
    await adas.getByText('Done. This is version 2.').waitFor()
    await adas.getByRole('button', { name: 'Archive' }).click()
    await adas.getByText('Done. This is version 3.').waitFor()
    await bens.getByText('3 is stored').waitFor()
    await save(bens, 'Saved as version 4.')
    t.match(await client.get(article.id), { version: 4, body: 'Ben writes on', status: 'archived' })
    await adas.getByText('Somebody else saved version 4, and you see it now.').waitFor()
    await adas.getByRole('button', { name: 'Delete' }).click()
    await adas.getByText('Deleted.', { exact: true }).waitFor()
    await bens.getByText('Somebody else deleted this article.').waitFor()
    await ada.page.getByRole('link', { name: 'States' }).waitFor({ state: 'detached' })
    await bens.getByRole('button', { name: 'Bring it back with this text' }).click()
    await bens.getByText('It is back, as version 6.').waitFor()
    t.strictSame(await stored(article), { version: 6, title: 'States', body: 'Ben writes on', tags: [] })
    await adas.getByText('Somebody else saved version 6, and you see it now.').waitFor()
  })

  await t.test('the history shows what each version changed, and restores one', async (t) => {
    const article = await openBoth({ title: 'History', body: 'first' })
    await adas.getByLabel('Text').fill('second')
    await save(adas, 'Saved as version 2.')
    await adas.getByText('History', { exact: true }).click()
    await adas.locator('summary', { hasText: 'Version 2' }).click()
    t.equal(await adas.locator('.revisions del').textContent(), 'removed: first')
    t.equal(await adas.locator('.revisions ins').textContent(), 'added: second')
    await adas.locator('summary', { hasText: 'Version 1' }).click()
    await adas.getByRole('button', { name: 'Restore version 1' }).click()
    await adas.getByText('Version 1 is back. This is version 3.').waitFor()
    t.strictSame(await stored(article), { version: 3, title: 'History', body: 'first', tags: [] })
  })

  await t.test('what is typed stays while one looks at another article; what breaks a rule says so', async (t) => {
    const article = await openBoth({ title: 'Kept' })
    await adas.getByLabel('Title').fill('')
    await save(adas, 'Nothing was saved. Title:')
    await adas.getByLabel('Title').fill('Not saved yet')
    await ada.page.getByRole('link', { name: 'History' }).click()
    await adas.locator('.state', { hasText: 'version 3' }).waitFor()
    await ada.page.getByRole('link', { name: 'Kept' }).click()
    await adas.locator('.state', { hasText: 'version 1' }).waitFor()
    t.equal(await adas.getByLabel('Title').inputValue(), 'Not saved yet')
    await adas.getByRole('button', { name: 'Discard changes' }).click()
    t.equal(await adas.getByLabel('Title').inputValue(), 'Kept')
    t.equal((await stored(article)).version, 1)
  })

  t.strictSame([...ada.errors, ...ben.errors], [], 'no errors in the console')
})
