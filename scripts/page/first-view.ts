/*
 * Measures how long the page takes to show the articles on a slow machine: `npm run first-view`. It prints how.
 */
import { cpus } from 'node:os'
import type { Browser } from 'playwright-core'
import { createClient } from '../../src/client/index.js'
import { launchChromium } from '../screenshots/chromium.js'
import { withPage } from './with-page.js'

declare global {
  interface Window { listPaintedAt?: number }
}

interface Load {
  /** Until something is painted, in ms since the navigation began. */
  readonly first: number
  /** Until the list of articles is. */
  readonly list: number
}

const slowdown = 4
const loads = 15
const articles = 60

/** In the page: notes when the list has been painted, in the frame after the one in which it came. */
const noteList = (): void => {
  const observer = new MutationObserver(() => {
    if (document.querySelector('.articles li') === null) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => { window.listPaintedAt = performance.now() }))
  })
  observer.observe(document, { childList: true, subtree: true })
}

/** Loads the page with an empty cache, as a browser that was never there. */
const load = async (browser: Browser, url: string): Promise<Load> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 850 } })
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  await page.addInitScript(noteList)
  await page.goto(url)
  await page.waitForFunction(() => window.listPaintedAt !== undefined)
  const measured = await page.evaluate(() => ({ first: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN, list: window.listPaintedAt ?? NaN }))
  await context.close()
  return measured
}

const summary = (values: readonly number[]): string => {
  const sorted = [...values].sort((a, b) => a - b)
  return `p50 ${String(Math.round(sorted[Math.floor(sorted.length / 2)] ?? NaN))} ms, max ${String(Math.round(sorted.at(-1) ?? NaN))} ms`
}

await withPage(async (url) => {
  const client = createClient({ url: `${url}/api/articles` })
  for (let n = 1; n <= articles; n++) await client.create({ title: `Article ${String(n)}`, body: 'Scones and jam.', tags: ['kitchen'] })
  const browser = await launchChromium()
  // What the service does for the first time is not the page's.
  await load(browser, url)
  const measured: Load[] = []
  while (measured.length < loads) measured.push(await load(browser, url))
  console.log(`${String(loads)} loads with an empty cache, the CPU throttled ${String(slowdown)} times, over loopback`)
  console.log(`Chromium ${browser.version()}, ${String(cpus().length)} cores ${cpus()[0]?.model ?? ''}, shared with the service and its database`)
  console.log(`  something is painted after: ${summary(measured.map(({ first }) => first))}`)
  console.log(`  the articles are, 50 of ${String(articles)}: ${summary(measured.map(({ list }) => list))}`)
  await browser.close()
})
