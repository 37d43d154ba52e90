// Fails where the tests cover less than 95 % of the lines or branches of src/.
import { readFileSync } from 'node:fs'
import { sep } from 'node:path'

const least = 95
const report = Object.entries(JSON.parse(readFileSync('.tap/report/coverage-summary.json', 'utf8')))
const files = report.filter(([file]) => file.includes(`${sep}src${sep}`)).map(([, summary]) => summary)
const sum = (what, which) => files.reduce((total, summary) => total + summary[what][which], 0)
const covered = ['lines', 'branches'].map((what) => ({ what, pct: 100 * sum(what, 'covered') / sum(what, 'total') }))
console.log(`coverage of ${files.length} files in src/: ${covered.map(({ what, pct }) => `${what} ${pct.toFixed(2)} %`).join(', ')}`)
process.exit(covered.every(({ pct }) => pct >= least) ? 0 : 1)
