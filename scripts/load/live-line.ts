import { performance } from 'node:perf_hooks'
import type { Tally } from './tally.js'

/** How often the line changes, in milliseconds. */
const everyMs = 250

/**
 * One line on stderr that follows a run while it goes on; nothing where stderr is no terminal.
 * Gives the function that ends and clears it.
 */
export const showLiveLine = (tally: Tally): (() => void) => {
  if (!process.stderr.isTTY) return () => undefined
  let shown = { at: tally.startedAt, acknowledged: 0 }
  const timer = setInterval(() => {
    const at = performance.now()
    const { acknowledged } = tally.ends
    const rate = (acknowledged - shown.acknowledged) * 1000 / (at - shown.at)
    shown = { at, acknowledged }
    const line = `${((at - tally.startedAt) / 1000).toFixed(1)} s  ${acknowledged} edits (${rate.toFixed(0)}/s)  ${tally.conflicts} conflicts  ${(tally.retried / Math.max(1, acknowledged)).toFixed(2)} retries per edit`
    process.stderr.write(`\r\x1b[2K${line.slice(0, process.stderr.columns - 1)}`)
  }, everyMs)
  return () => {
    clearInterval(timer)
    process.stderr.write('\r\x1b[2K')
  }
}
