import { useState } from 'preact/hooks'
import type { Person } from './person.js'

/** Who a token is for (RFC 7519 section 4.1.2): to show it only, since it is the service that judges the token. */
const subOf = (token: string): string => {
  try {
    const claims: unknown = JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
    return typeof claims === 'object' && claims !== null && 'sub' in claims && typeof claims.sub === 'string' ? ` as ${claims.sub}` : ''
  } catch {
    return ''
  }
}

/** Asks a person for a token where the service wants one, and lets them sign out again. */
export const SignIn = ({ person: { name, token, refused } }: { readonly person: Person }) => {
  const [text, setText] = useState('')
  // What was read is not to stay on the screen of one who has signed out.
  const signOut = (): void => {
    token.value = ''
    location.reload()
  }
  if (!refused.value) {
    if (token.value === '') return null
    return <p class="signed-in">Signed in{subOf(token.value)}. <button type="button" class="small" onClick={signOut}>Sign out</button></p>
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
