import { contenderLabels } from './contender-names.js'
import { measureLabels } from './measures.js'
import type { Report } from './report.js'
import type { CellSummary } from './results.js'
import type { TargetResult } from './targets.js'

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const bar = (value: number, most: number, kind: string, text: string): string =>
  `<td class="bar"><span class="${kind}" style="width:${(value / most * 100).toFixed(2)}%"></span></td><td class="number">${text}</td>`

const share = (value: number): number => Number.isFinite(value) ? value : 0

const rows = (cells: readonly CellSummary[]): string => {
  const mostRate = Math.max(...cells.map(({ rate }) => share(rate)))
  const mostCpu = Math.max(...cells.map(({ cpu }) => share(cpu)))
  return cells.map(({ contender, rate, spread, cpu, p50, p99, lost }) => `<tr><th scope="row">${escape(contenderLabels[contender])}</th>
${bar(share(rate), mostRate, contender.startsWith('ours') ? 'ours' : 'peer', `${share(rate).toFixed(0)}/s ±${(share(spread) * 100).toFixed(0)} %`)}
${bar(share(cpu), mostCpu || 1, 'cpu', Number.isFinite(cpu) ? `${cpu.toFixed(3)} s` : '-')}
<td class="number">${p50.toFixed(1)} / ${p99.toFixed(1)} ms</td><td class="number">${lost === undefined ? '' : String(lost)}</td></tr>`).join('\n')
}

const section = (measure: CellSummary['measure'], cells: readonly CellSummary[]): string => `<h2>${escape(measureLabels[measure])}</h2>
<div class="scroll" role="region" aria-label="${escape(measureLabels[measure])}" tabindex="0"><table>
<thead><tr><th></th><th colspan="2">${measure.startsWith('hot') ? 'accepted edits' : 'requests'} per second</th><th colspan="2">CPU per 1000</th><th>p50 / p99</th><th>${measure.startsWith('hot') ? 'lost' : ''}</th></tr></thead>
<tbody>
${rows(cells)}
</tbody>
</table></div>`

const targetRow = ({ text, wanted, measured, reached }: TargetResult): string =>
  `<tr class="${reached === undefined ? 'unknown' : reached ? 'reached' : 'missed'}"><th scope="row">${escape(text)}</th><td>${escape(wanted)}</td><td class="number">${measured === undefined ? '-' : measured.toFixed(2)}</td><td>${reached === undefined ? 'not measured' : reached ? 'reached' : 'not reached'}</td></tr>`

const style = `:root { color-scheme: light dark; background: light-dark(#fff, #14181a); color: light-dark(#1d2528, #e4e9e8) }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: 2px 8px; font-weight: normal; white-space: nowrap }
thead th, td.number { color: light-dark(#566166, #9dabaf) }
td.bar { width: 26% }
td.bar span { display: block; height: 14px; border-radius: 2px; min-width: 1px }
.ours { background: #2563eb } .peer { background: #9ca3af } .cpu { background: #d97706 }
.reached td:last-child { color: light-dark(#047857, #6fd3a5) } .missed td:last-child { color: light-dark(#b91c1c, #ff9a95); font-weight: bold }
@media (max-width: 40rem) {
  th, td { padding: 2px 4px; font-size: 13px }
  th[scope=row] { white-space: normal; min-width: 7rem }
  td.bar { min-width: 3rem }
}`

/** One page with a bar for each number, that needs no network and no script. */
export const benchPage = ({ machineLine, conditions, cells, targets }: Report): string => {
  const measures = [...new Set(cells.map(({ measure }) => measure))]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>noclobber beside its peers and its limits</title>
<style>${style}</style>
<h1>noclobber beside its peers and its limits</h1>
<p>${escape(machineLine)}</p>
<ul>${conditions.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>
${measures.map((measure) => section(measure, cells.filter((cell) => cell.measure === measure))).join('\n')}
<h2>Targets</h2>
<div class="scroll" role="region" aria-label="Targets" tabindex="0"><table><tbody>
${targets.map(targetRow).join('\n')}
</tbody></table></div>
</html>
`
}
