/*
 * Makes the screenshots of the README, docs/images/*.png, on a service and a mongod of their own: `npm run screenshots`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { appOptionsOf } from '../../src/app-options.js'
import { buildApp } from '../../src/app.js'
import { startEmbeddedMongod } from '../../src/embedded-mongod/start.js'
import { readSettings } from '../../src/settings.js'
import { buildPage } from '../page/build.js'
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
  await prepare?.(page)
  await (part?.(page) ?? page).screenshot({ path: join(directory, `${name}.png`) })
  await context.close()
}

const directory = 'docs/images'
const scratch = mkdtempSync(join(tmpdir(), 'noclobber-screenshots-'))
const settings = readSettings({ MONGOD_BINARY: process.env.MONGOD_BINARY }, join(scratch, 'no-file'))
const mongod = await startEmbeddedMongod({ dataDir: join(scratch, 'data'), binary: settings.MONGOD_BINARY, log: (line) => console.error(line) })
try {
  mkdirSync(directory, { recursive: true })
  await buildPage(join(scratch, 'page'))
  const app = await buildApp({
    ...appOptionsOf(settings), mongodbUri: mongod.uri, closeGraceMs: 1_000, page: join(scratch, 'page')
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const browser = await launchChromium()
  for (const shot of shots) await take(browser, url, directory, shot)
  await shootDashboard(browser, mongod.uri, directory)
  await browser.close()
  await app.close()
} finally {
  await mongod.stop(1_000)
  rmSync(scratch, { recursive: true, force: true })
}
