/*
 * Makes the screenshots of the README, docs/images/*.png, on a service and a mongod of their own: `npm run screenshots`.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { withPage } from '../page/with-page.js'
import { launchChromium } from './chromium.js'
import { shootDashboard } from './dashboard.js'

interface Shot {
  readonly name: string
  readonly colorScheme: 'light' | 'dark'
  readonly width: number
  readonly height: number
  /** What of the page is shown; what fits the window unless given. */
  readonly part?: (page: Page) => Locator
  /** Brings the page, which shows a conflict, to what is to be seen. */
  readonly prepare?: (page: Page) => Promise<void>
}

const conflict = (page: Page): Locator => page.getByRole('form', { name: 'Conflict' })

const shots: readonly Shot[] = [
  { name: 'conflict', colorScheme: 'light', width: 1280, height: 850 },
  { name: 'conflict-dark', colorScheme: 'dark', width: 1280, height: 850 },
  { name: 'conflict-narrow', colorScheme: 'light', width: 360, height: 800, part: conflict },
  {
    name: 'exchange',
    colorScheme: 'light',
    width: 1280,
    height: 1200,
    part: (page) => page.locator('.exchange[open]'),
    prepare: async (page) => {
      const editor = page.getByRole('region', { name: 'Editor: You' })
      await editor.getByText('What was sent over HTTP').click()
      await editor.getByText('409 Conflict', { exact: true }).click()
    }
  }
]

const take = async (browser: Browser, url: string, directory: string, { name, colorScheme, width, height, part, prepare }: Shot): Promise<void> => {
  const context = await browser.newContext({ colorScheme, viewport: { width, height }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto(url)
  await page.getByRole('button', { name: 'Show me a conflict' }).click()
  await conflict(page).waitFor()
  const nickname = page.getByLabel('Others see you as')
  await nickname.fill('Ada')
  await nickname.blur()
  await page.getByText('Also here: Ada').waitFor()
  await page.getByText('Also here: Ben').waitFor()
  await page.getByRole('link', { name: 'Tea at five' }).first().waitFor()
  await prepare?.(page)
  await (part?.(page) ?? page).screenshot({ path: join(directory, `${name}.png`) })
  await context.close()
}

const directory = 'docs/images'
mkdirSync(directory, { recursive: true })
const browser = await launchChromium()
await withPage(async (url) => {
  for (const shot of shots) await take(browser, url, directory, shot)
})
await shootDashboard(browser, directory)
await browser.close()
