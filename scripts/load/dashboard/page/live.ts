import { signal, type ReadonlySignal } from '@preact/signals'
import type { DashboardState, Told } from '../state.js'

/** `connecting` also while the browser tries again; `ended`: the load script has said that it ends. */
export type Connection = 'connecting' | 'live' | 'ended'

export interface Live {
  /** Undefined until the load script has told it. */
  readonly state: ReadonlySignal<DashboardState | undefined>
  readonly connection: ReadonlySignal<Connection>
}

const applied = (state: DashboardState | undefined, told: Told): DashboardState | undefined => {
  switch (told.kind) {
    case 'state': return told.state
    case 'sample': return state && {
      ...state,
      sides: state.sides.map((side, at) => at === told.at ? { ...side, figures: told.figures, samples: [...side.samples, told.sample] } : side)
    }
    case 'end': return state
  }
}

/** Listens to what the load script tells, and goes on listening when the connection was lost. */
export const listen = (): Live => {
  const state = signal<DashboardState | undefined>()
  const connection = signal<Connection>('connecting')
  const source = new EventSource('/events')
  source.addEventListener('open', () => { connection.value = 'live' })
  source.addEventListener('error', () => { connection.value = 'connecting' })
  source.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const told = JSON.parse(data) as Told
    state.value = applied(state.value, told)
    if (told.kind !== 'end') return
    source.close()
    connection.value = 'ended'
  })
  return { state, connection }
}
