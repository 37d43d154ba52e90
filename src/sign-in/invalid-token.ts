import { errors, type ProblemError } from '../errors.js'

/** 401 for a token that is not valid (RFC 6750 section 3.1); `why` reads on from "The token is not valid: ". */
export const invalidToken = (why: string): ProblemError => errors.unauthorized({
  detail: `The token is not valid: ${why}`,
  headers: { 'www-authenticate': 'Bearer error="invalid_token"' }
})
