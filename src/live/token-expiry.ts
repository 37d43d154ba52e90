import type { FastifyRequest } from 'fastify'
import '../sign-in/principal.js'

const longestTimerMs = 2 ** 31 - 1

/**
 * Calls `expired` when what a request has signed in with expires: `exp` of its claims, in seconds since 1970 (RFC 7519 section 4.1.4).
 * Gives the function that stops waiting for it.
 */
export const onTokenExpiry = ({ principal }: Pick<FastifyRequest, 'principal'>, expired: () => void): (() => void) => {
  const exp = principal?.claims.exp
  if (typeof exp !== 'number') return () => undefined
  let timer: NodeJS.Timeout
  const wait = (): void => {
    const ms = exp * 1000 - Date.now()
    timer = setTimeout(ms > longestTimerMs ? wait : expired, Math.min(Math.max(0, ms), longestTimerMs)).unref()
  }
  wait()
  return () => clearTimeout(timer)
}
