import { render } from 'preact'
import { ArticleList } from './article-list.js'
import { createDesk, type Desk } from './desk.js'
import { EditorView } from './editor-view.js'
import { SignIn } from './sign-in.js'

const Intro = ({ desk }: { readonly desk: Desk }) => (
  <header class="intro">
    <h1>noclobber</h1>
    <p class="lead">Two people open the same article, and both save. Here the second save never wipes out the first: what doesn't clash is merged, and you are asked about the rest.</p>
    <button type="button" class="primary" onClick={() => void desk.showConflict()}>Show me a conflict</button>
  </header>
)

const Steps = () => (
  <div class="empty">
    <h2>What "Show me a conflict" does</h2>
    <ol>
      <li>It makes an article, version 1, and opens it for two people: you, and Ben.</li>
      <li>Ben changes the title and saves: version 2.</li>
      <li>You, who have seen version 1 only, change the title and the tags, and save. The service refuses to overwrite what Ben saved, and says where you clash.</li>
      <li>You decide, and save the result.</li>
    </ol>
    <p class="muted">Or open an article, or make a new one. Everybody who has this page open sees changes at once.</p>
  </div>
)

const Editors = ({ desk }: { readonly desk: Desk }) => {
  const editors = desk.editors.value
  if (editors.length === 0) return <Steps />
  return (
    <>
      <div class={`editors ${editors.length > 1 ? 'two' : ''}`}>
        {editors.map((editor, i) => <EditorView key={`${editor.person.name} ${editor.id}`} editor={editor} onClose={i === 0 ? undefined : () => desk.setSecond(false)} />)}
      </div>
      {!desk.second.value && <p><button type="button" onClick={() => desk.setSecond(true)}>Open another person's editor</button> <span class="muted">beside yours, to edit the same article as two people</span></p>}
    </>
  )
}

const Page = ({ desk }: { readonly desk: Desk }) => (
  <>
    <Intro desk={desk} />
    <div class="desk">
      <ArticleList desk={desk} />
      <main>
        {desk.openId.value === '' && <SignIn person={desk.you} />}
        <Editors desk={desk} />
      </main>
    </div>
    <footer class="muted">What each button sends can be opened below each editor. The types of error are <a href="/problems/version-conflict">explained</a> by the service itself.</footer>
  </>
)

const root = document.getElementById('page')
if (root !== null) render(<Page desk={createDesk()} />, root)
