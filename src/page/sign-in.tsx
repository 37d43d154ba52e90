import { useState } from 'preact/hooks'
import type { Person } from './person.js'

/** Asks a person for a token where the service wants one, and lets them sign out again. */
export const SignIn = ({ person: { name, token, refused }, onSignIn }: { readonly person: Person, readonly onSignIn: () => void }) => {
  const [text, setText] = useState('')
  if (!refused.value) {
    if (token.value === '') return null
    return <p class="signed-in">Signed in. <button type="button" class="small" onClick={() => { token.value = '' }}>Sign out</button></p>
  }
  const signIn = (event: Event): void => {
    event.preventDefault()
    token.value = text.trim()
    refused.value = false
    setText('')
    onSignIn()
  }
  return (
    <form class="sign-in" aria-label={`Sign in ${name}`} onSubmit={signIn}>
      <label class="field">{`Token of ${name} (kept until this tab is closed)`}
        <input type="password" autocomplete="off" required value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
      </label>
      <button type="submit">Sign in</button>
    </form>
  )
}
