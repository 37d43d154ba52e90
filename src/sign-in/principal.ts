import type { FastifyRequest } from 'fastify'

/** Who sends a request. */
export interface Principal {
  /** Who it is: the `sub` of a token. 1 to 256 characters; what is written is attributed to it, and owned by it. */
  readonly sub: string
  /** What else is known, such as the claims of the token, or what a team's own `authenticate` has looked up. */
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * Says who sends a request; undefined where it doesn't say: the reply is then 401. It may look things up (the groups of a user, say)
 * and put them in `claims`, where `authorize` finds them. What it throws is the reply: an error with `statusCode` 401 or 503 is one of
 * these, anything else is a 500.
 */
export type Authenticate = (request: FastifyRequest) => Principal | undefined | Promise<Principal | undefined>

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends the request; null on routes that are open, undefined where the service has no sign-in. */
    principal?: Principal | null
  }
}

const longestSub = 256

/** What is wrong with what should say who somebody is; undefined where nothing is. */
export const subFault = (sub: unknown): string | undefined => {
  if (typeof sub !== 'string' || sub === '') return 'it must be a string that is not empty'
  if (sub.length > longestSub) return `it is longer than ${longestSub} characters`
  return sub.isWellFormed() ? undefined : 'it is not well-formed Unicode'
}
