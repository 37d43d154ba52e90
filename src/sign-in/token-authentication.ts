import jwt, { type FastifyJWTOptions } from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { JWTHeaderParameters } from 'jose'
import { isProblemError } from '../errors.js'
import { invalidToken } from './invalid-token.js'
import { subFault, type Authenticate } from './principal.js'
import { tokenKeys } from './token-keys.js'

/** Which tokens are valid: those signed with a secret, or with a key of a JWKS. */
export type TokenOptions = TokenSource & {
  /** `iss` must be this (RFC 7519 section 4.1.1); not looked at unless given. */
  readonly issuer?: string | undefined
  /** `aud` must be this, or hold it (RFC 7519 section 4.1.3); not looked at unless given. */
  readonly audience?: string | undefined
}

type TokenSource =
  | { readonly secret: string, readonly jwksUrl?: undefined }
  | { readonly jwksUrl: string, readonly secret?: undefined }

type Algorithm = NonNullable<NonNullable<FastifyJWTOptions['verify']>['algorithms']>[number]

/** A secret signs with HMAC and nothing else; so a public key, which everybody knows, is never taken for one (RFC 8725 section 2.1). */
const ofSecret: Algorithm[] = ['HS256']
const ofJwks: Algorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** RFC 7518 section 3.2: a key for HS256 has at least as many bytes as the hash. */
export const fewestSecretBytes = 32

/** How many verified tokens are remembered; one is no longer than until it expires. */
const remembered = 1_000

const sentences: Readonly<Record<string, string>> = {
  FST_JWT_AUTHORIZATION_TOKEN_EXPIRED: 'it has expired',
  FAST_JWT_MISSING_SIGNATURE: 'it is not signed',
  FAST_JWT_INVALID_ALGORITHM: 'it is signed with an algorithm that is not accepted here',
  FAST_JWT_INACTIVE: 'it is not valid yet'
}

const hasToken = ({ headers: { authorization } }: FastifyRequest): boolean => /^Bearer\s/i.test(authorization ?? '')

const isHeader = (header: unknown): header is JWTHeaderParameters => typeof header === 'object' && header !== null && 'alg' in header && typeof header.alg === 'string'

/**
 * Authenticates by the token in `Authorization: Bearer` (RFC 6750, RFC 7519), with `@fastify/jwt`. `sub` is required, and `iss` and `aud`
 * where they are asked for. A token without `exp` doesn't expire. The reason for a 401 is told, but nothing that the token holds.
 */
export const tokenAuthentication = async (app: FastifyInstance, { secret, jwksUrl, issuer, audience }: TokenOptions): Promise<Authenticate> => {
  if (secret !== undefined && Buffer.byteLength(secret) < fewestSecretBytes) throw new Error(`the secret for tokens must have at least ${fewestSecretBytes} bytes`)
  if (jwksUrl !== undefined && audience === undefined) app.log.warn('AUTH_JWT_AUDIENCE is not set: tokens that were made for other services, with a key of the same JWKS, are valid here too')
  const keyOf = jwksUrl === undefined ? undefined : tokenKeys(new URL(jwksUrl))
  await app.register(jwt, {
    secret: keyOf === undefined
      ? secret ?? ''
      : async ({ method }: FastifyRequest, token: unknown) => {
        const header: unknown = typeof token === 'object' && token !== null && 'header' in token ? token.header : undefined
        if (!isHeader(header)) throw invalidToken('its header names no algorithm')
        return await keyOf(header, method)
      },
    decode: { complete: true },
    verify: {
      algorithms: keyOf === undefined ? ofSecret : ofJwks,
      cache: remembered,
      // A claim that is only allowed some values may still be absent.
      requiredClaims: ['sub', ...(issuer === undefined ? [] : ['iss']), ...(audience === undefined ? [] : ['aud'])],
      ...(issuer !== undefined && { allowedIss: issuer }),
      ...(audience !== undefined && { allowedAud: audience })
    }
  })
  return async (request) => {
    if (!hasToken(request)) return undefined
    try {
      const claims = await request.jwtVerify<Record<string, unknown>>()
      const { sub } = claims
      const fault = subFault(sub)
      if (typeof sub !== 'string' || fault !== undefined) throw invalidToken(`its sub cannot be used: ${fault ?? ''}`)
      return { sub, claims }
    } catch (error) {
      if (isProblemError(error)) throw error
      const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
      throw Object.assign(invalidToken(sentences[code] ?? 'its signature or a claim is not accepted here'), { cause: error })
    }
  }
}
