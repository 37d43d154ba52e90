import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { colourClass } from './wording.js'
import type { DashboardState, Percentiles, Sample } from '../state.js'

interface PlotOf {
  readonly title: string
  /** Each line: what it is called beside the name of its side, its dashes, and what of a sample it shows. */
  readonly lines: readonly { readonly label: string, readonly dash: readonly number[], readonly of: (sample: Sample) => number | undefined }[]
  readonly logarithmic: boolean
}

const single = (title: string, of: (sample: Sample) => number | undefined): PlotOf => ({ title, logarithmic: false, lines: [{ label: '', dash: [], of }] })

const latency = (title: string, of: (sample: Sample) => Percentiles | undefined): PlotOf => ({
  title,
  logarithmic: true,
  lines: [
    { label: ' p50', dash: [], of: (sample) => of(sample)?.p50 },
    { label: ' p95', dash: [6, 4], of: (sample) => of(sample)?.p95 },
    { label: ' p99', dash: [2, 3], of: (sample) => of(sample)?.p99 }
  ]
})

const plots: readonly PlotOf[] = [
  single('Edits a second', ({ editsPerSecond }) => editsPerSecond),
  single('Conflicts a second', ({ conflictsPerSecond }) => conflictsPerSecond),
  single('Retries per edit', ({ retriesPerEdit }) => retriesPerEdit),
  single('Acknowledged edits that are missing', ({ missing }) => missing),
  latency('Latency of an edit, ms', ({ edit }) => edit),
  latency('Latency of a write, ms', ({ write }) => write)
]

/** Samples of all sides by second, `null` where a side has none in it. */
const dataOf = ({ lines }: PlotOf, { sides }: DashboardState): uPlot.AlignedData => {
  const tables = sides.map(({ samples }): uPlot.AlignedData =>
    [samples.map(({ seconds }) => Math.round(seconds * 10) / 10), ...lines.map(({ of }) => samples.map((sample) => of(sample) ?? null))])
  return tables.length === 0 ? [[]] : uPlot.join(tables)
}

const height = 190

/** The colour that the style sheet gives an element of this class now, in light or dark. */
const colourOf = (of: string) => (): string => {
  const element = document.querySelector(of)
  return element === null ? 'gray' : getComputedStyle(element).color
}

const axis = { stroke: colourOf('.muted'), grid: { stroke: colourOf('.grid-colour'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' }

const optionsOf = ({ lines, logarithmic }: PlotOf, { sides }: DashboardState, width: number): uPlot.Options => ({
  width,
  height,
  legend: { show: false },
  cursor: { show: false },
  scales: {
    x: { time: false, range: (_plot, _min, max) => [0, Math.max(5, max)] },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot declares it as a const enum, which isolatedModules can't read
    y: logarithmic ? { distr: 3 } : { range: (_plot, _min, max) => [0, Math.max(1, max * 1.05)] }
  },
  axes: [{ ...axis, size: 28, incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600], values: (_plot, splits) => splits.map((value) => `${value} s`) }, { ...axis, size: 48 }],
  series: [{}, ...sides.flatMap(({ target }) => lines.map(({ label, dash }) => (
    { label: `${target}${label}`, stroke: colourOf(`.swatch.${colourClass(target)}`), width: 2, dash: [...dash], spanGaps: true, points: { show: false } })))]
})

/** One plot over time. It is drawn anew for other sides and widths, and takes new data otherwise. */
const Plot = ({ plot, state }: { readonly plot: PlotOf, readonly state: DashboardState }) => {
  const node = useRef<HTMLDivElement>(null)
  const drawn = useRef<uPlot>(null)
  const latest = useRef(state)
  latest.current = state
  const targets = state.sides.map(({ target }) => target).join(' ')

  useEffect(() => {
    const { current } = node
    if (current === null) return
    const drawing = new uPlot(optionsOf(plot, latest.current, current.clientWidth), dataOf(plot, latest.current), current)
    drawn.current = drawing
    const resizing = new ResizeObserver(() => drawing.setSize({ width: current.clientWidth, height }))
    resizing.observe(current)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = (): void => drawing.redraw()
    scheme.addEventListener('change', redraw)
    return () => {
      resizing.disconnect()
      scheme.removeEventListener('change', redraw)
      drawing.destroy()
    }
  }, [plot, targets])

  useEffect(() => drawn.current?.setData(dataOf(plot, state)), [plot, state])

  return <div ref={node} class="plot" aria-hidden="true" />
}

/** The runs over time, over each other from the second in which each one's editors began. What they come to stands in the table. */
export const Plots = ({ state }: { readonly state: DashboardState }) => (
  <div class="plots">
    {plots.map((plot) => (
      <figure key={plot.title}>
        <figcaption>{plot.title}{plot.lines.length > 1 && <span class="muted"> (p50 solid, p95 dashed, p99 dotted)</span>}</figcaption>
        <Plot plot={plot} state={state} />
      </figure>
    ))}
  </div>
)
