import { useEffect, useState } from 'preact/hooks'
import type { Revision } from '../client/index.js'
import { differing, fields, labels, type Article } from './article.js'
import { DiffView } from './diff-view.js'
import type { Editor } from './editor-model.js'
import { explain } from './notice.js'
import { timeOf } from './time.js'

/** How many versions are shown. */
const shown = 20

interface Pair {
  readonly before: Article | undefined
  readonly after: Article
}

const Changes = ({ before, after }: Pair) => {
  const changed = before === undefined ? fields.filter((field) => after[field].length > 0) : differing(before, after)
  const status = before === undefined || before.status !== after.status
  if (changed.length === 0 && !status) return <p class="muted">No text has changed.</p>
  return (
    <dl>
      {status && <div><dt>Status</dt><dd><DiffView from={before?.status} to={after.status} /></dd></div>}
      {changed.map((field) => <div key={field}><dt>{labels[field]}</dt><dd><DiffView from={before?.[field]} to={after[field]} /></dd></div>)}
    </dl>
  )
}

const OneRevision = ({ editor, revision: { version, at, by, kind } }: { readonly editor: Editor, readonly revision: Revision }) => {
  const [pair, setPair] = useState<Pair>()
  const [fault, setFault] = useState('')
  const { client } = editor.person
  const open = ({ currentTarget }: { readonly currentTarget: HTMLDetailsElement }): void => {
    if (!currentTarget.open || pair !== undefined) return
    const before = version > 1 ? client.revision(editor.id, version - 1).catch(() => undefined) : Promise.resolve(undefined)
    Promise.all([before, client.revision(editor.id, version)]).then(([before, after]) => setPair({ before, after }), (error: unknown) => setFault(explain(error, editor.person).text))
  }
  const current = (editor.latest.value ?? editor.base.value)?.version === version
  return (
    <li>
      <details onToggle={open}>
        <summary>Version {version} <span class="muted">{kind} {timeOf(at)}{by === undefined ? '' : ` by ${by}`}</span></summary>
        {fault !== '' && <p>{fault}</p>}
        {pair !== undefined && <Changes {...pair} />}
        {!current && kind !== 'deleted' && <button type="button" class="small" disabled={editor.busy.value !== ''} onClick={() => void editor.restore(version)}>Restore version {version}</button>}
      </details>
    </li>
  )
}

const Revisions = ({ editor }: { readonly editor: Editor }) => {
  const [revisions, setRevisions] = useState<readonly Revision[]>()
  const [fault, setFault] = useState('')
  const version = (editor.latest.value ?? editor.base.value)?.version
  useEffect(() => {
    const read = async (): Promise<void> => {
      const found: Revision[] = []
      for await (const revision of editor.person.client.revisions(editor.id)) {
        found.push(revision)
        if (found.length >= shown) break
      }
      setRevisions(found)
    }
    read().catch((error: unknown) => setFault(explain(error, editor.person).text))
  }, [editor, version])
  if (fault !== '') return <p>{fault}</p>
  if (revisions === undefined) return <p class="muted">Loading</p>
  return <ol class="revisions">{revisions.map((revision) => <OneRevision key={revision.version} editor={editor} revision={revision} />)}</ol>
}

/** The versions of an article, what each changed, and a button that makes it the newest. */
export const HistoryView = ({ editor }: { readonly editor: Editor }) => {
  const [open, setOpen] = useState(false)
  return (
    <details class="section" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>History</summary>
      {open && <Revisions editor={editor} />}
    </details>
  )
}
