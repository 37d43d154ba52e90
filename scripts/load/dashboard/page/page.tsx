import './posix-language.js'
import { useEffect, useState } from 'preact/hooks'
import { render } from 'preact'
import type { DashboardState } from '../state.js'
import { FiguresTable } from './figures-table.js'
import { listen, type Connection, type Live } from './live.js'
import { OptionsForm } from './options-form.js'
import { Plots } from './plots.js'
import { Verdicts } from './verdicts.js'
import { sentenceOf } from './wording.js'

/** How often the figures are said to those who hear the page, in milliseconds: each cell that changes each second would be too much. */
const saidEveryMs = 5_000

const connectionNames: Readonly<Record<Connection, string>> = { connecting: 'connecting', live: 'live', ended: 'the load script has ended' }

const Spoken = ({ state }: { readonly state: DashboardState }) => {
  const [said, setSaid] = useState('')
  const sides = state.sides.filter(({ phase }) => phase !== 'waiting')
  const sentences = sides.map((side) => sentenceOf(side, state.running)).join(' ')
  const phases = sides.map(({ phase }) => phase).join(' ')
  // A change of phase is said at once, and what the figures have become now and then.
  const [tick, setTick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTick((before) => before + 1), saidEveryMs)
    return () => clearInterval(timer)
  }, [])
  useEffect(() => setSaid(sentences), [phases, tick])
  return <p class="unseen" role="status">{said}</p>
}

const Run = ({ state }: { readonly state: DashboardState }) => (
  <>
    <Spoken state={state} />
    {state.sides.length > 0 && <section class="sheet">
      <h2>Figures</h2>
      <div class="figures">
        <FiguresTable state={state} />
        <div class="muted notes">
          {state.sides.length > 1 && <p>One server after the other, so that none takes the processor from another; the plots lay their runs over each other, from the second in which the editors began.</p>}
          <p>Editors, server and database share {state.cores === 1 ? 'one processor' : `${state.cores} processors`}.</p>
          <p>While a run goes on, one more reader looks in the documents for acknowledged edits. Who loses updates may bring some back by overwriting others, so the last look, after the last answer, decides.</p>
        </div>
      </div>
    </section>}
    <Verdicts sides={state.sides} />
    {state.sides.length > 0 && <section class="sheet">
      <h2>Over time</h2>
      <Plots state={state} />
    </section>}
  </>
)

const Page = ({ live: { state, connection } }: { readonly live: Live }) => (
  <>
    <header class="intro">
      <h1>Does it lose updates?</h1>
      <span class={`live ${connection.value === 'live' ? 'on' : ''}`} role="status">{connectionNames[connection.value]}</span>
      <p class="lead">Editors read, think, change and write the same documents at the same time. At the end every edit that was acknowledged is looked for: one that isn't there was lost, though its editor was told that it was saved.</p>
    </header>
    <main>
      {state.value !== undefined && <OptionsForm state={state.value} />}
      {state.value !== undefined && <Run state={state.value} />}
    </main>
    <span class="grid-colour" aria-hidden="true" />
  </>
)

const live = listen()
const place = document.getElementById('page')
if (place !== null) render(<Page live={live} />, place)
