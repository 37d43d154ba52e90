import { useSignal } from '@preact/signals'
import { optionNames, type DashboardState, type OptionName, type Refusal, type RunForm } from '../state.js'

const fields: Readonly<Record<OptionName, { readonly label: string, readonly hint: string }>> = {
  editors: { label: 'Editors', hint: 'how many people' },
  documents: { label: 'Documents', hint: 'that they share' },
  hot: { label: 'Share on the first', hint: 'document, 0 to 1; empty: all alike' },
  duration: { label: 'Duration', hint: 'such as 10s; or edits' },
  edits: { label: 'Edits', hint: 'in all; or a duration' },
  think: { label: 'Think', hint: 'such as 0..50ms' },
  strategy: { label: 'On a conflict', hint: 'or a mix: refetch:3,give-up:1' }
}

const strategies = ['refetch', 'from-409', 'merge', 'client', 'give-up']

/** Gives why it was refused, or undefined. */
const post = async (path: string, body: unknown): Promise<Refusal | undefined> => {
  try {
    const reply = await fetch(path, { method: 'POST', ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) })
    return reply.ok ? undefined : { option: undefined, ...await reply.json() as { readonly message: string } }
  } catch {
    return { message: 'the load script does not answer', option: undefined }
  }
}

const readForm = (form: HTMLFormElement): RunForm => {
  const data = new FormData(form)
  const text = (name: OptionName): string => {
    const value = data.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  return {
    editors: text('editors'),
    documents: text('documents'),
    hot: text('hot'),
    duration: text('duration'),
    edits: text('edits'),
    think: text('think'),
    strategy: text('strategy'),
    servers: data.getAll('servers').filter((server) => typeof server === 'string')
  }
}

/** The options of a run, and its start and stop. What it shows at first are those of the command line, or of the run that goes on. */
export const OptionsForm = ({ state: { form, servers, running } }: { readonly state: DashboardState }) => {
  const refusal = useSignal<Refusal | undefined>(undefined)
  const start = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (!running && event.currentTarget instanceof HTMLFormElement) refusal.value = await post('/runs', readForm(event.currentTarget))
  }
  const stop = async (): Promise<void> => {
    if (running) refusal.value = await post('/stop', undefined)
  }
  // A button that were disabled would lose the focus of who has just pressed it.
  return (
    <form class="options" aria-label="Run" onSubmit={(event) => void start(event)}>
      {servers.length > 0 && <fieldset class="servers">
        <legend>Servers, one after the other</legend>
        {servers.map((server) => <label key={server}><input type="checkbox" name="servers" value={server} defaultChecked={form.servers.includes(server)} /> {server}</label>)}
      </fieldset>}
      <div class="fields">
        {optionNames.map((name) => (
          <div key={name} class="field">
            <label for={name}>{fields[name].label}</label>
            <input id={name} name={name} defaultValue={form[name]} list={name === 'strategy' ? 'strategies' : undefined} autocomplete="off" spellcheck={false}
              aria-invalid={refusal.value?.option === name} aria-describedby={`hint-${name}${refusal.value?.option === name ? ' refusal' : ''}`} />
            <span id={`hint-${name}`} class="muted"><code>--{name}</code> {fields[name].hint}</span>
          </div>
        ))}
      </div>
      <datalist id="strategies">{strategies.map((name) => <option key={name} value={name} />)}</datalist>
      <p id="refusal" role="alert" class="refusal">{refusal.value?.message ?? ''}</p>
      <p class="actions">
        <button type="submit" class="primary" aria-disabled={running}>Start</button>
        <button type="button" aria-disabled={!running} onClick={() => void stop()}>Stop and judge</button>
      </p>
    </form>
  )
}
