import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { reportText } from './report.js'
import type { Summary } from './summary.js'

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Most points of a plot over time: slices are put together until so few are left. */
const mostPoints = 300

const overTime = ({ timeline: { sliceMs, slices } }: Summary): number[][] => {
  const together = Math.max(1, Math.ceil(slices.length / mostPoints), Math.round(500 / sliceMs))
  const perSecond = 1000 / (sliceMs * together)
  const groups = Array.from({ length: Math.ceil(slices.length / together) }, (_, at) => slices.slice(at * together, (at + 1) * together))
  const rate = (count: 'acknowledged' | 'conflicts') => groups.map((group) => group.reduce((sum, slice) => sum + slice[count], 0) * perSecond)
  return [groups.map((_, at) => at * together * sliceMs / 1000), rate('acknowledged'), rate('conflicts')]
}

/** The plots of a page: each is drawn by uPlot from `data` in the way that its `kind` says. */
const plotsOf = (summary: Summary) => [
  {
    kind: 'distribution',
    title: 'Latency by percentile (ms, logarithmic)',
    labels: ['read', 'write', 'edit'],
    percents: summary.distribution.edit.map(({ percent }) => `${percent} %`),
    data: [summary.distribution.edit.map((_, at) => at), ...([summary.distribution.read, summary.distribution.write, summary.distribution.edit]).map((points) => points.map(({ ms }) => ms))]
  },
  { kind: 'time', title: 'Edits and conflicts per second, over time (s)', labels: ['edits/s', 'conflicts/s'], data: overTime(summary) },
  { kind: 'editors', title: 'Acknowledged edits by editor', labels: ['edits'], data: [summary.acknowledgedBy.map((_, editor) => editor), summary.acknowledgedBy] }
]

/** Chromium calls the language of the POSIX locale `en-US@posix`, which Intl refuses; uPlot asks Intl for it as it is loaded. */
const posixLanguage = `
try { Intl.getCanonicalLocales(navigator.language) } catch { Object.defineProperty(navigator, 'language', { value: 'en-US' }) }
`

const drawing = `
const colourOf = (name) => () => getComputedStyle(document.querySelector('.colour-' + name)).color
const colours = ['first', 'second', 'third'].map(colourOf)
const whole = (u, splits) => splits.map((value) => Number.isInteger(value) ? String(value) : '')
const axis = (more) => ({ stroke: colourOf('text'), grid: { stroke: colourOf('grid'), width: 1 }, ticks: { show: false }, ...more })
for (const { plots, element } of runs) for (const plot of plots) {
  const bars = plot.kind === 'editors' ? uPlot.paths.bars({ size: [0.8, 60] }) : undefined
  const node = document.createElement('div')
  document.getElementById(element).append(node)
  const drawn = new uPlot({
    title: plot.title, width: node.clientWidth, height: 300,
    scales: { x: { time: false, ...(bars ? { range: (u, min, max) => [min - 0.6, max + 0.6] } : {}) }, y: plot.kind === 'distribution' ? { distr: 3 } : { range: (u, min, max) => [0, Math.max(1, max * 1.05)] } },
    axes: [axis(plot.kind === 'distribution' ? { splits: plot.data[0], values: (u) => u.width < 700 ? plot.percents.map((percent, at) => at % 3 === 1 ? percent : '') : plot.percents } : plot.kind === 'editors' ? { values: whole } : {}), axis({})],
    series: [plot.kind === 'distribution' ? { label: 'percentile', value: (u, at) => plot.percents[at] ?? '' } : { label: plot.kind === 'editors' ? 'editor' : 's' },
      ...plot.labels.map((label, at) => ({ label, stroke: colours[at], width: 2, fill: bars && colours[at], ...(bars ? { paths: bars } : {}), points: { show: plot.kind === 'distribution' } }))]
  }, plot.data, node)
  new ResizeObserver(() => drawn.setSize({ width: node.clientWidth, height: 300 })).observe(node)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawn.redraw())
}
`

/** One page with the plots and the reports of one or more runs, that needs no network: script and style are in it. */
export const reportPage = async (summaries: readonly Summary[]): Promise<string> => {
  const { resolve } = createRequire(import.meta.url)
  const [script, style, look] = await Promise.all([resolve('uplot/dist/uPlot.iife.min.js'), resolve('uplot/dist/uPlot.min.css'), new URL('../../src/page/look.css', import.meta.url)].map(async (file) => await readFile(file, 'utf8')))
  const runs = summaries.map((summary, at) => ({ element: `run-${at}`, plots: plotsOf(summary) }))
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Editors against ${escape(summaries.map(({ target }) => target).join(', '))}</title>
<style>${style ?? ''}${look ?? ''}
#page { max-width: 62rem }
h1 { margin-top: 2rem; overflow-wrap: anywhere }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--sheet); border: 1px solid var(--line); border-radius: .85rem; padding: 1rem }
.u-title { font-size: 15px }
.colour-first { color: light-dark(#2563eb, #7fa8ff) }
.colour-second { color: light-dark(#b45309, #f2b866) }
.colour-third { color: light-dark(#047857, #6fd3a5) }
.colour-text { color: var(--soft) }
.colour-grid { color: var(--line) }
</style>
<main id="page">
${summaries.map((summary, at) => `<h1>${escape(summary.target)}</h1>
<pre>${escape(reportText(summary))}</pre>
<div id="run-${at}"></div>`).join('\n')}
</main>
${['first', 'second', 'third', 'text', 'grid'].map((name) => `<span class="colour-${name}"></span>`).join('')}
<script>${posixLanguage}</script>
<script>${script ?? ''}</script>
<script>const runs = ${JSON.stringify(runs).replaceAll('<', '\\u003c')}
${drawing}</script>
</html>
`
}
