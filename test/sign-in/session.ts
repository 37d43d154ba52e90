import type { Authenticate } from '../../src/index.js'

const sessions = new Map([['5f2c71', { user: 'ada', groups: ['moderators'] }]])

/** Who it is, by the session that a header names. What is looked up here is there for `authorize`, in `principal.claims`. */
export const bySession: Authenticate = async ({ headers }) => {
  const session = await Promise.resolve(sessions.get(String(headers['x-session'])))
  return session && { sub: session.user, claims: { groups: session.groups } }
}
