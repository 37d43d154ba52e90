import { fewestSecretBytes, type TokenOptions } from './token-authentication.js'

/** The settings of sign-in, by the name of their environment variable. */
export interface TokenSettings {
  readonly AUTH_JWT_SECRET?: string | undefined
  readonly AUTH_JWKS_URL?: string | undefined
  readonly AUTH_JWT_ISSUER?: string | undefined
  readonly AUTH_JWT_AUDIENCE?: string | undefined
}

const isLocal = ({ hostname }: URL): boolean => ['localhost', '[::1]'].includes(hostname) || /^127\./.test(hostname)

/** What is wrong with the URL of a JWKS. Whoever can change the keys on their way can sign in as anybody, so they come over TLS. */
const urlFault = (text: string): string | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal(url)))) return 'must be a URL that begins with https://, or with http:// on loopback'
  return url.username === '' && url.password === '' ? undefined : 'must not hold a user name or password'
}

/** What is wrong with the settings of sign-in, a sentence each; a secret is in none of them. */
export const tokenSettingsFaults = ({ AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: jwksUrl, AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: audience }: TokenSettings): string[] => {
  const faults: string[] = []
  if (secret !== undefined && jwksUrl !== undefined) faults.push('AUTH_JWT_SECRET and AUTH_JWKS_URL are both set, and just one of them can say which tokens are valid')
  if (secret !== undefined && Buffer.byteLength(secret) < fewestSecretBytes) faults.push(`AUTH_JWT_SECRET has ${Buffer.byteLength(secret)} bytes and must have at least ${fewestSecretBytes}, such as those that \`openssl rand -base64 48\` prints`)
  const fault = jwksUrl === undefined ? undefined : urlFault(jwksUrl)
  if (fault !== undefined) faults.push(`AUTH_JWKS_URL ${fault}`)
  if (secret === undefined && jwksUrl === undefined) {
    for (const [name, value] of Object.entries({ AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: audience })) {
      if (value !== undefined) faults.push(`${name} is set, but neither AUTH_JWT_SECRET nor AUTH_JWKS_URL: there would be no sign-in`)
    }
  }
  return faults
}

/** Whether there is sign-in. */
export const hasTokens = ({ AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: jwksUrl }: TokenSettings): boolean => secret !== undefined || jwksUrl !== undefined

/** Which tokens are valid, by settings without fault; undefined where there is no sign-in. */
export const tokenOptions = ({ AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: jwksUrl, AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: audience }: TokenSettings): TokenOptions | undefined => {
  if (jwksUrl !== undefined) return { jwksUrl, issuer, audience }
  return secret === undefined ? undefined : { secret, issuer, audience }
}
