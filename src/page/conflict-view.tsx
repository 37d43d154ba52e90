import { useEffect, useRef, useState } from 'preact/hooks'
import { resolve, type Choice, type Clash } from '../client/index.js'
import { differing, fields, labels, textOf, valueOf, type Article, type Field } from './article.js'
import { DiffView } from './diff-view.js'
import type { Question } from './editor-model.js'

interface Decision {
  readonly choice?: 'theirs' | 'yours' | 'edit'
  readonly text: string
}

const isField = (name: string): name is Field => fields.some((field) => field === name)
const fieldOf = ({ pointer }: Clash): Field | undefined => {
  const name = pointer.slice(1)
  return isField(name) ? name : undefined
}

/** Where the two clash. Where they only break a rule together, a person decides on each field that either changed. */
const clashesOf = ({ conflicts, base, theirs, yours }: Question['conflict']): readonly Clash[] => conflicts.length > 0
  ? conflicts
  : fields.filter((field) => differing(base, theirs).includes(field) && differing(base, yours).includes(field)).map((field) => ({ pointer: `/${field}`, base: base[field], theirs: theirs[field], yours: yours[field] }))

const choiceOf = ({ choice, text }: Decision, field: Field | undefined): Choice | undefined =>
  choice === 'edit' ? { value: field === undefined ? text : valueOf(field, text) } : choice

const Side = ({ heading, from, to }: { readonly heading: string, readonly from: unknown, readonly to: unknown }) => (
  <div class="side"><h4>{heading}</h4><DiffView from={from} to={to} /></div>
)

interface ClashProps {
  readonly clash: Clash
  readonly name: string
  readonly decision: Decision
  readonly onDecide: (decision: Decision) => void
}

const ClashView = ({ clash, name, decision, onDecide }: ClashProps) => {
  const field = fieldOf(clash)
  const label = field === undefined ? clash.pointer : labels[field]
  const option = (choice: NonNullable<Decision['choice']>, text: string, value: string) => (
    <label class="choice">
      <input type="radio" name={name} checked={decision.choice === choice} onChange={() => onDecide({ choice, text: value })} /> {text}
    </label>
  )
  return (
    <fieldset class="clash">
      <legend>{label}: you both changed it</legend>
      <div class="sides">
        <Side heading="Before (base)" from={clash.base} to={clash.base} />
        <Side heading="Theirs, stored now" from={clash.base} to={clash.theirs} />
        <Side heading="Yours, not saved" from={clash.base} to={clash.yours} />
      </div>
      <div class="choices">
        {option('theirs', 'Take theirs', textOf(clash.theirs))}
        {option('yours', 'Keep yours', textOf(clash.yours))}
        {option('edit', 'Edit', decision.text === '' ? textOf(clash.yours) : decision.text)}
      </div>
      {decision.choice === 'edit' && (
        <label class="field">{`${label}, as it shall be`}
          <textarea rows={field === 'body' ? 6 : 2} value={decision.text} onInput={({ currentTarget }) => onDecide({ choice: 'edit', text: currentTarget.value })} />
        </label>
      )}
    </fieldset>
  )
}

/** What merges without a question, and whose change it is. */
const Merged = ({ base, theirs, yours, merged, clashing }: Omit<Question['conflict'], 'error' | 'conflicts'> & { readonly clashing: readonly (Field | undefined)[] }) => {
  const own = differing(base, yours)
  const others = differing(base, theirs)
  const clean = fields.filter((field) => !clashing.includes(field) && (own.includes(field) || others.includes(field)))
  if (clean.length === 0) return null
  return (
    <div class="merged">
      <h4>Already merged, nothing to decide</h4>
      <dl>
        {clean.map((field) => (
          <div key={field}>
            <dt>{labels[field]} <span class="muted">{own.includes(field) ? others.includes(field) ? 'from both' : 'yours' : 'theirs'}</span></dt>
            <dd><DiffView from={base[field]} to={merged[field]} /></dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

export interface ConflictViewProps {
  readonly question: Question
  /** Makes names of fields that no other conflict view on the page has. */
  readonly prefix: string
  readonly onBack: () => void
}

/** Base, theirs and yours of each clash side by side, a choice for each, and one button that saves the result. */
export const ConflictView = ({ question, prefix, onBack }: ConflictViewProps) => {
  const { conflict, before, answer } = question
  const clashes = clashesOf(conflict)
  const [decisions, setDecisions] = useState<Readonly<Record<string, Decision>>>({})
  const [missing, setMissing] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => heading.current?.focus(), [])

  const by = conflict.error.body.changes?.at(-1)?.by
  const rules = conflict.error.body.mergeErrors ?? []
  const save = (event: Event): void => {
    event.preventDefault()
    const choices: Record<string, Choice> = {}
    for (const clash of clashes) {
      const choice = choiceOf(decisions[clash.pointer] ?? { text: '' }, fieldOf(clash))
      if (choice !== undefined) choices[clash.pointer] = choice
    }
    const undecided = clashes.findIndex(({ pointer }) => choices[pointer] === undefined)
    if (undecided >= 0) {
      setMissing(true)
      form.current?.querySelectorAll<HTMLElement>('.clash')[undecided]?.querySelector('input')?.focus()
      return
    }
    answer(resolve<Article>({ ...conflict, conflicts: clashes }, choices))
  }

  return (
    <form ref={form} class="conflict" aria-label="Conflict" onSubmit={save}>
      <h3 ref={heading} tabIndex={-1}>Your save met somebody else's</h3>
      <p>
        {before > 0 ? 'While you decided, somebody saved again, and it clashes with what you chose. ' : ''}
        You edited version {conflict.base.version}; version {conflict.theirs.version}{by === undefined ? '' : `, by ${by},`} is stored now. So the service answered 409 Conflict: nothing was overwritten, and your text is still here.
      </p>
      {rules.length > 0 && <p>Together the two edits break a rule: {rules.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}.</p>}
      {clashes.map((clash) => (
        <ClashView key={clash.pointer} clash={clash} name={`${prefix}${clash.pointer}`} decision={decisions[clash.pointer] ?? { text: '' }}
          onDecide={(decision) => setDecisions({ ...decisions, [clash.pointer]: decision })} />
      ))}
      <Merged {...conflict} clashing={clashes.map(fieldOf)} />
      <p role="alert" class="missing">{missing && clashes.some(({ pointer }) => decisions[pointer]?.choice === undefined) ? 'Choose for each field that you both changed.' : ''}</p>
      <div class="actions">
        <button type="submit" class="primary">Save the result</button>
        <button type="button" onClick={onBack}>Back to your text</button>
      </div>
    </form>
  )
}
