import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

declare global {
  interface Window { axe: typeof axe }
}

/** Rules that a page breaks, each with where. The source comes by the debugger, which the page's own policy doesn't rule. */
export const violationsOf = async (page: Page): Promise<readonly string[]> => {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe.source)
  const { violations }: AxeResults = await page.evaluate(async () => await window.axe.run({ resultTypes: ['violations'] }))
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`))
}

/** By how many pixels something is wider than the window. */
export const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
