import { useEffect, useRef } from 'preact/hooks'
import { fields, labels, transitions, type Field } from './article.js'
import { ConflictView } from './conflict-view.js'
import type { Editor } from './editor-model.js'
import { ExchangeView } from './exchange-view.js'
import { HistoryView } from './history-view.js'
import { PresenceView } from './presence-view.js'
import { SignIn } from './sign-in.js'

const hints: Readonly<Record<Field, string>> = { title: '', body: '', tags: ' (commas between; one with a comma in quotes)' }

const TextField = ({ editor, field }: { readonly editor: Editor, readonly field: Field }) => {
  const value = editor.texts.value[field]
  const readOnly = editor.busy.value !== ''
  const onInput = ({ currentTarget }: { readonly currentTarget: HTMLInputElement | HTMLTextAreaElement }): void => editor.type(field, currentTarget.value)
  return (
    <label class="field">
      <span>{labels[field]}<span class="muted">{hints[field]}</span>{editor.changed.value.includes(field) && <span class="unsaved"> not saved</span>}</span>
      {field === 'body' ? <textarea rows={5} value={value} readOnly={readOnly} onInput={onInput} /> : <input value={value} readOnly={readOnly} onInput={onInput} />}
    </label>
  )
}

const named = (transition: string): string => `${transition.slice(0, 1).toUpperCase()}${transition.slice(1)}`

const Form = ({ editor }: { readonly editor: Editor }) => {
  const { base, latest, changed, deleted } = editor
  const article = latest.value ?? base.value
  if (article === undefined) return null
  const save = (event: Event): void => {
    event.preventDefault()
    void (deleted.value ? editor.recreate() : editor.save())
  }
  return (
    <form aria-label={`Article, ${editor.person.name}`} onSubmit={save}>
        {fields.map((field) => <TextField key={field} editor={editor} field={field} />)}
        <div class="actions">
          {deleted.value
            ? <button type="submit" class="primary">Bring it back with this text</button>
            : <>
                <button type="submit" class="primary" aria-disabled={changed.value.length === 0}>Save</button>
                {changed.value.length > 0 && <button type="button" onClick={() => editor.discard()}>Discard changes</button>}
                {transitions[article.status].map((name) => <button key={name} type="button" onClick={() => void editor.transition(name)}>{named(name)}</button>)}
                <button type="button" class="danger" onClick={() => void editor.remove()}>Delete</button>
              </>}
        </div>
    </form>
  )
}

/** One person's editor: what they typed, what became of it, and how it went over HTTP. */
export const EditorView = ({ editor, onClose }: { readonly editor: Editor, readonly onClose: (() => void) | undefined }) => {
  const { person, base, latest, busy, notice, question, deleted } = editor
  const article = base.value
  const asked = question.value
  const section = useRef<HTMLElement>(null)
  const first = useRef(true)
  // What had the focus is gone when a question is answered, or the article deleted.
  useEffect(() => {
    if (!first.current && document.activeElement === document.body) section.current?.querySelector<HTMLElement>('button.primary')?.focus()
    first.current = false
  }, [asked === undefined, deleted.value])
  return (
    <section ref={section} class="editor" aria-label={`Editor: ${person.name}`}>
      <header>
        <h2><span class="avatar" aria-hidden="true">{person.name.slice(0, 1)}</span>{person.name}</h2>
        {article !== undefined && (
          <p class="state">
            <span class={`badge ${deleted.value ? 'deleted' : (latest.value ?? article).status}`}>{deleted.value ? 'deleted' : (latest.value ?? article).status}</span> version {article.version}
            {latest.value !== undefined && <span class="behind">, {latest.value.version} is stored</span>}
          </p>
        )}
        {onClose !== undefined && <button type="button" class="small" onClick={onClose}>Close</button>}
      </header>
      <PresenceView editor={editor} named={onClose === undefined} />
      <SignIn person={person} />
      <p role="status" class={`notice ${notice.value?.tone ?? ''}`}>{asked !== undefined ? '' : notice.value?.text ?? ''}</p>
      {asked !== undefined
        ? <ConflictView key={asked.before} question={asked} prefix={person.name} onBack={() => editor.stop()} />
        : <Form editor={editor} />}
      {busy.value !== '' && asked === undefined && <p class="busy">{busy.value}… <span role="status">{person.cutOff.value ? 'No answer yet; it is tried again by itself, and your text is still here. ' : ''}</span><button type="button" class="small" onClick={() => editor.stop()}>Stop waiting</button></p>}
      {article !== undefined && <HistoryView editor={editor} />}
      <ExchangeView log={person.log} />
    </section>
  )
}
