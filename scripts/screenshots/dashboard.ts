import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { serveDashboard } from '../load/dashboard/serve.js'
import { parseOptions } from '../load/options.js'

/** How long the editors are at work against each server. */
const duration = '12s'

/** Makes load-dashboard.png and load-dashboard-dark.png in `directory`, of a run against the service and naive that is over. */
export const shootDashboard = async (browser: Browser, directory: string): Promise<void> => {
  const options = parseOptions(['--duration', duration])
  if (options === undefined) throw new Error('no options')
  const end = new AbortController()
  let ended: Promise<unknown> = Promise.resolve()
  const url = await new Promise<string>((resolve, reject) => {
    ended = serveDashboard({ options, port: 0, stop: end.signal, onListening: resolve, log: (line) => console.error(line), report: () => Promise.resolve(0) })
    ended.catch(reject)
  })
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
  await page.goto(url)
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('heading', { name: 'naive: FAILED' }).waitFor({ timeout: 120_000 })
  for (const [colorScheme, name] of [['light', 'load-dashboard'], ['dark', 'load-dashboard-dark']] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true })
  }
  await page.close()
  end.abort()
  await ended
}
