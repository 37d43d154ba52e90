import { createHmac } from 'node:crypto'

/** The secret of the services in these tests: 32 bytes. */
export const secret = 'a secret of just thirty-two byte'

const encode = (value: object | string): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** What of a token is signed (RFC 7515 section 5.1). */
export const signingInput = (header: object, claims: object | string): string => `${encode({ typ: 'JWT', ...header })}.${encode(claims)}`

/** A token with an HMAC for signature. */
export const tokenOf = (claims: object | string, key = secret, header: object = { alg: 'HS256' }, hash = 'sha256'): string => {
  const input = signingInput(header, claims)
  return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`
}

/** The header of a request by somebody, whose token goes on for a minute. */
export const as = (sub: string): { authorization: string } => ({ authorization: `Bearer ${tokenOf({ sub, exp: Math.floor(Date.now() / 1000) + 60 })}` })
