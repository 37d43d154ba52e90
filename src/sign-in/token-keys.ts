import { KeyObject } from 'node:crypto'
import { createRemoteJWKSet, errors as jose, type JWTHeaderParameters } from 'jose'
import { errors } from '../errors.js'
import { isSafe } from '../plugins/translate-error.js'
import { invalidToken } from './invalid-token.js'

/** How long the JWKS may take to arrive, in ms, unless given. */
const usualFetchMs = 3_000
/** How long its keys are used, in ms, and how long a key that isn't among them is not asked for again. */
const keptMs = 600_000
const cooldownMs = 30_000

/** The token is at fault, not the JWKS: no key of it is for this token. */
const hasNoKey = (error: unknown): boolean =>
  error instanceof jose.JWKSNoMatchingKey || error instanceof jose.JWKSMultipleMatchingKeys || error instanceof jose.JOSENotSupported

/**
 * The public keys of a JWKS (RFC 7517), as PEM by the header of a token. They are fetched when they are first needed, kept, and fetched
 * again when a token names a key that isn't among them. Throws 401 for a token that none of them is for, 503 where they can't be had.
 */
export const tokenKeys = (url: URL, fetchMs = usualFetchMs): (header: JWTHeaderParameters, method: string) => Promise<string> => {
  const keyFor = createRemoteJWKSet(url, { timeoutDuration: fetchMs, cacheMaxAge: keptMs, cooldownDuration: cooldownMs })
  const pems = new WeakMap<object, string>()
  return async (header, method) => {
    try {
      const key = await keyFor(header)
      const pem = pems.get(key) ?? KeyObject.from(key).export({ type: 'spki', format: 'pem' }).toString()
      pems.set(key, pem)
      return pem
    } catch (error) {
      if (hasNoKey(error)) throw invalidToken('no key of the service\'s JWKS is for it')
      throw Object.assign(errors.unavailable({ detail: 'The keys that tokens are verified with cannot be had', members: isSafe(method) ? {} : { outcome: 'not-applied' } }), { cause: error })
    }
  }
}
