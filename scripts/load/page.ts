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

const drawing = `
const colours = ['#2563eb', '#d97706', '#059669']
const whole = (u, splits) => splits.map((value) => Number.isInteger(value) ? String(value) : '')
for (const { plots, element } of runs) for (const plot of plots) {
  const bars = plot.kind === 'editors' ? uPlot.paths.bars({ size: [0.8, 60] }) : undefined
  const node = document.createElement('div')
  document.getElementById(element).append(node)
  new uPlot({
    title: plot.title, width: 900, height: 300,
    scales: { x: { time: false, ...(bars ? { range: (u, min, max) => [min - 0.6, max + 0.6] } : {}) }, y: plot.kind === 'distribution' ? { distr: 3 } : { range: (u, min, max) => [0, Math.max(1, max * 1.05)] } },
    axes: [plot.kind === 'distribution' ? { splits: plot.data[0], values: () => plot.percents } : plot.kind === 'editors' ? { values: whole } : {}, {}],
    series: [plot.kind === 'distribution' ? { label: 'percentile', value: (u, at) => plot.percents[at] ?? '' } : { label: plot.kind === 'editors' ? 'editor' : 's' },
      ...plot.labels.map((label, at) => ({ label, stroke: colours[at], width: 2, fill: bars && colours[at], ...(bars ? { paths: bars } : {}), points: { show: plot.kind === 'distribution' } }))]
  }, plot.data, node)
}
`

/** One page with the plots and the reports of one or more runs, that needs no network: script and style are in it. */
export const reportPage = async (summaries: readonly Summary[]): Promise<string> => {
  const { resolve } = createRequire(import.meta.url)
  const [script, style] = await Promise.all([readFile(resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'), readFile(resolve('uplot/dist/uPlot.min.css'), 'utf8')])
  const runs = summaries.map((summary, at) => ({ element: `run-${at}`, plots: plotsOf(summary) }))
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Editors against ${escape(summaries.map(({ target }) => target).join(', '))}</title>
<style>${style}
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem }
pre { white-space: pre-wrap; background: #8881; padding: 1rem }
.u-title { font-size: 15px }
</style>
${summaries.map((summary, at) => `<h1>${escape(summary.target)}</h1>
<pre>${escape(reportText(summary))}</pre>
<div id="run-${at}"></div>`).join('\n')}
<script>${script}</script>
<script>const runs = ${JSON.stringify(runs).replaceAll('<', '\\u003c')}
${drawing}</script>
</html>
`
}
