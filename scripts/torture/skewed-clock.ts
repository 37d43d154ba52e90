const source = `
import { readFileSync, writeFileSync } from 'node:fs'
const RealDate = Date
let offset = 0
globalThis.Date = class Date extends RealDate {
  constructor (...args) {
    if (args.length === 0) super(RealDate.now() + offset)
    else super(...args)
  }
  static now () { return RealDate.now() + offset }
}
process.on('SIGWINCH', () => {
  const read = Number(readFileSync(process.env.TORTURE_CLOCK, 'utf8'))
  if (Number.isFinite(read)) offset = read
  globalThis.gc?.()
  writeFileSync(process.env.TORTURE_CLOCK + '.memory', JSON.stringify(process.memoryUsage()))
})
`

/**
 * For `node --import`: lets the clock of a process jump. SIGWINCH, which means nothing else to a service, tells it to read the file that TORTURE_CLOCK names, which holds
 * by how many milliseconds `Date` differs from then on. Timers and `performance.now()` go on, as where a real clock is set.
 * It also has it write what memory it uses to the file beside, `<TORTURE_CLOCK>.memory`.
 */
export const skewedClock = `data:text/javascript,${encodeURIComponent(source)}`
