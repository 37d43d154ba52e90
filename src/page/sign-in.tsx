import { useState } from 'preact/hooks'
import type { Person } from './person.js'

/** Asks a person for a token where the service wants one, and lets them sign out again. */
export const SignIn = ({ person: { name, token, sub, refused } }: { readonly person: Person }) => {
  const [text, setText] = useState('')
  // What was read is not to stay on the screen of one who has signed out.
  const signOut = (): void => {
    token.value = ''
    location.reload()
  }
  if (!refused.value) {
    if (token.value === '') return null
    return <p class="signed-in">Signed in{sub.value === '' ? '' : ` as ${sub.value}`}. <button type="button" class="small" onClick={signOut}>Sign out</button></p>
  }
  const signIn = (event: Event): void => {
    event.preventDefault()
    refused.value = false
    setText('')
    token.value = text.trim()
  }
  return (
    <form class="sign-in" aria-label={`Sign in: ${name}`} onSubmit={signIn}>
      <label class="field">{`Token to sign in (${name})`}<span class="muted">It is kept until this tab is closed.</span>
        <input type="password" autocomplete="off" required value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
      </label>
      <button type="submit">Sign in</button>
    </form>
  )
}
