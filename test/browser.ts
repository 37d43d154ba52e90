import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { launchChromium } from '../scripts/screenshots/chromium.js'

/** A real Chromium. It ends with the test. */
export const startBrowser = async (t: Test): Promise<Browser> => {
  const browser = await launchChromium()
  t.teardown(() => browser.close())
  return browser
}

/** An empty page of a real Chromium, with a new profile. It ends with the test. */
export const openBrowser = async (t: Test): Promise<Page> => await (await startBrowser(t)).newPage()
