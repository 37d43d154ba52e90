import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { buildPage } from '../../scripts/page/build.js'
import type { AppOptions } from '../../src/app.js'
import { createClient, type Client } from '../../src/client/index.js'
import type { Article } from '../../src/page/article.js'
import { buildTestApp, listen } from '../app.js'

/** The page, built for this test. */
export const builtPage = async (t: Test): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'noclobber-page-'))
  t.teardown(() => rm(directory, { recursive: true }))
  await buildPage(directory)
  return directory
}

/** The whole service with the page, over real HTTP, and a client of it. */
export const startPageService = async (t: Test, options: Partial<AppOptions> = {}): Promise<{ readonly url: string, readonly client: Client<Article> }> => {
  const { app } = await buildTestApp(t, { page: await builtPage(t), ...options })
  const url = await listen(app)
  return { url, client: createClient<Article>({ url: `${url}/api/articles` }) }
}

/** What Chromium says by itself of a reply of 4xx, or of a connection that failed. */
const ofNetwork = /^Failed to load resource/

export interface Visitor {
  readonly page: Page
  /** Errors in the console, besides those of replies that refuse something. */
  readonly errors: string[]
}

/** A browser context of its own, as another person has, with the page open. */
export const visit = async (browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> => {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => { if (message.type() === 'error' && !ofNetwork.test(message.text())) errors.push(message.text()) })
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  return { page, errors }
}

export const editorOf = (page: Page, name = 'You'): Locator => page.getByRole('region', { name: `Editor: ${name}` })

export const conflictOf = (page: Page, name = 'You'): Locator => editorOf(page, name).getByRole('form', { name: 'Conflict' })

/** Saves, and waits for what the page says of it. */
export const save = async (editor: Locator, says: string | RegExp): Promise<void> => {
  await editor.getByRole('button', { name: 'Save', exact: true }).click()
  await editor.getByRole('status').filter({ hasText: says }).waitFor()
}
