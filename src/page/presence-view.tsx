import type { Editor } from './editor-model.js'
import type { Person } from './person.js'

/** Lets one who isn't signed in say a name. */
const Nickname = ({ person: { nickname, shownAs } }: { readonly person: Person }) => (
  <label class="nickname muted">Others see you as <input value={shownAs.value} maxLength={64} autocomplete="nickname" onChange={({ currentTarget }) => {
    nickname.value = currentTarget.value
    currentTarget.value = shownAs.value
  }} /></label>
)

/** Who else is in the article. A screen reader says so when it can. */
export const PresenceView = ({ editor: { person, others }, named }: { readonly editor: Editor, readonly named: boolean }) => (
  <div class="presence">
    <p role="status">{others.value === '' ? '' : `Also here: ${others.value}`}</p>
    {named && person.token.value === '' && <Nickname person={person} />}
  </div>
)
