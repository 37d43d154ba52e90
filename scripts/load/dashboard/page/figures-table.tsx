import type { DashboardState, Figures, Percentiles, Side } from '../state.js'
import { colourClass, lostOf, phaseOf, time } from './wording.js'

const percentiles = ({ p50, p95, p99 }: Percentiles): string => `${time(p50)} / ${time(p95)} / ${time(p99)}`

const rows: readonly (readonly [string, (figures: Figures) => string])[] = [
  ['Edits acknowledged', ({ acknowledged }) => String(acknowledged)],
  ['Edits a second', ({ editsPerSecond }) => editsPerSecond.toFixed(1)],
  ['Conflicts (409, 412)', ({ conflicts }) => String(conflicts)],
  ['Retries per edit', ({ retriesPerEdit }) => retriesPerEdit.toFixed(2)],
  ['Edit p50 / p95 / p99', ({ edit }) => percentiles(edit)],
  ['Write p50 / p95 / p99', ({ write }) => percentiles(write)]
]

const toneOf = ({ samples, verdict }: Side): string => {
  if (verdict !== undefined) return verdict.lost > 0 ? 'bad' : 'good'
  return (samples.at(-1)?.missing ?? 0) > 0 ? 'bad' : ''
}

/** What each run came to until now, side by side. */
export const FiguresTable = ({ state: { sides, running } }: { readonly state: DashboardState }) => (
  <div class="scroll" role="region" aria-label="Figures" tabIndex={0}>
    <table>
      <thead>
        <tr><th scope="col"><span class="unseen">Figure</span></th>{sides.map((side) => <th key={side.target} scope="col"><span class="target"><span class={`swatch ${colourClass(side.target)}`} />{side.target}</span><span class="muted phase">{phaseOf(side, running)}</span></th>)}</tr>
      </thead>
      <tbody>
        {rows.map(([name, show]) => <tr key={name}><th scope="row">{name}</th>{sides.map(({ target, figures }) => <td key={target}>{figures === undefined ? '–' : show(figures)}</td>)}</tr>)}
        <tr class="lost"><th scope="row">Lost updates</th>{sides.map((side) => <td key={side.target} class={toneOf(side)}>{lostOf(side)}</td>)}</tr>
      </tbody>
    </table>
  </div>
)
