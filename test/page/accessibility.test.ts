import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { overflow, violationsOf } from '../axe.js'
import { startBrowser } from '../browser.js'
import { secret, tokenOf } from '../sign-in/tokens.js'
import { conflictOf, editorOf, startPageService, visit } from './page-service.js'

t.setTimeout(180_000)

const browser = await startBrowser(t)

/** Holds a view against the rules, in light and dark, wide and narrow. */
const check = async (t: Test, page: Page, view: string): Promise<void> => {
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    t.equal(await overflow(page), 0, `${view}, ${width} pixels wide: nothing is wider`)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      t.strictSame(await violationsOf(page), [], `${view}, ${colorScheme}, ${width} pixels wide`)
    }
  }
}

t.test('every view, in light and dark, wide and narrow', async (t) => {
  const { url } = await startPageService(t)
  const { page, errors } = await visit(browser, url)
  await page.getByText('live', { exact: true }).waitFor()
  await check(t, page, 'nothing open')
  await page.getByRole('button', { name: 'Show me a conflict' }).click()
  await conflictOf(page).waitFor()
  await check(t, page, 'conflict')
  const yours = editorOf(page)
  await conflictOf(page).getByRole('button', { name: 'Save the result' }).click()
  await conflictOf(page).getByRole('radio', { name: 'Edit' }).check()
  await yours.getByText('What was sent over HTTP').click()
  await yours.getByText('409 Conflict', { exact: true }).click()
  await check(t, page, 'conflict, edited; an exchange')
  await conflictOf(page).getByRole('button', { name: 'Save the result' }).click()
  await yours.getByText('Saved as version 3.').waitFor()
  await yours.getByText('History', { exact: true }).click()
  await yours.locator('summary', { hasText: 'Version 3' }).click()
  await yours.locator('.revisions ins').first().waitFor()
  await check(t, page, 'history')
  await yours.getByLabel('Title').fill('')
  await yours.getByRole('button', { name: 'Save', exact: true }).click()
  await yours.getByText('Nothing was saved.').waitFor()
  await check(t, page, 'a broken rule')
  await page.route('**/api/articles/*', (route) => route.abort())
  await yours.getByRole('button', { name: 'Save', exact: true }).click()
  await yours.getByText('No answer yet').waitFor()
  await check(t, page, 'no answer yet')
  await page.unroute('**/api/articles/*')
  await yours.getByText('Nothing was saved.').waitFor()
  await yours.getByRole('button', { name: 'Delete' }).click()
  await yours.getByText('Deleted.', { exact: true }).waitFor()
  await check(t, page, 'deleted')
  t.strictSame(errors, [], 'no errors in the console')
})

t.test('by keyboard alone: a conflict is made and resolved', async (t) => {
  const { url, client } = await startPageService(t)
  const { page } = await visit(browser, url)
  /** Presses Tab until an element with this name has the focus. */
  const tabTo = async (name: string): Promise<void> => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate(() => [document.activeElement?.textContent, document.activeElement?.closest('label')?.textContent])
      if (focused.some((text) => text?.trim() === name)) return
    }
    throw new Error(`Tab doesn't come to ${name}`)
  }
  await page.getByText('live', { exact: true }).waitFor()
  await tabTo('Show me a conflict')
  await page.keyboard.press('Enter')
  await conflictOf(page).waitFor()
  t.equal(await page.evaluate(() => document.activeElement?.tagName), 'H3', 'the conflict has the focus')
  await tabTo('Take theirs')
  await page.keyboard.press('ArrowDown')
  await tabTo('Save the result')
  await page.keyboard.press('Enter')
  await editorOf(page).getByText('Saved as version 3.').waitFor()
  t.equal(await page.evaluate(() => document.activeElement?.textContent), 'Save', 'the focus is where one goes on')
  for await (const article of client.list()) t.match(article, { version: 3, title: 'Coffee at four', tags: ['kitchen', 'friday'] })
})

t.test('with sign-in the page asks for a token, and says who did what', async (t) => {
  const { url } = await startPageService(t, { signIn: { tokens: { secret } } })
  const { page, errors } = await visit(browser, url)
  const token = (sub: string): string => tokenOf({ sub, exp: Math.floor(Date.now() / 1000) + 600 })
  await page.getByText('You must sign in first.').waitFor()
  await check(t, page, 'sign-in')
  await page.getByLabel('Token to sign in (You)').fill(token('ada'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('live', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Show me a conflict' }).click()
  await check(t, page, 'one has signed in, the other has not')
  await page.getByLabel('Token to sign in (Ben)').fill(token('ben'))
  await editorOf(page, 'Ben').getByRole('button', { name: 'Sign in' }).click()
  await editorOf(page, 'Ben').getByText('Signed in as ben').waitFor()
  await editorOf(page, 'Ben').locator('.state', { hasText: 'version' }).waitFor()
  await editorOf(page).getByText('Also here: ben', { exact: true }).waitFor()
  await editorOf(page, 'Ben').getByText('Also here: ada', { exact: true }).waitFor()
  t.equal(await page.getByLabel('Others see you as').count(), 0, 'who has signed in is called by it')
  t.ok(await page.evaluate(() => Object.values(sessionStorage).length === 2 && localStorage.length === 0), 'tokens are kept for this tab only')
  t.strictSame(errors, [])
})
