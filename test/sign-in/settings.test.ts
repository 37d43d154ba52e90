import t from 'tap'
import { tokenOptions } from '../../src/sign-in/token-settings.js'
import { readSettings } from '../../src/settings.js'

const read = (env: NodeJS.ProcessEnv) => readSettings(env, 'no-such-file.env')
const fault = (env: NodeJS.ProcessEnv): string => {
  try {
    return `none: ${JSON.stringify(read(env))}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
const secret = 'x'.repeat(32)
const jwksUrl = 'https://login.example/.well-known/jwks.json'

t.test('what tokens must be like', (t) => {
  t.equal(tokenOptions(read({})), undefined)
  t.strictSame(tokenOptions(read({ AUTH_JWT_SECRET: secret, AUTH_JWT_ISSUER: 'i', AUTH_JWT_AUDIENCE: 'a' })), { secret, issuer: 'i', audience: 'a' })
  t.strictSame(tokenOptions(read({ AUTH_JWKS_URL: jwksUrl, AUTH_JWT_ISSUER: '' })), { jwksUrl, issuer: undefined, audience: undefined })
  for (const AUTH_JWKS_URL of ['http://127.0.0.1:8080/keys', 'http://localhost/keys', 'http://[::1]/keys']) t.match(tokenOptions(read({ AUTH_JWKS_URL })), { jwksUrl: AUTH_JWKS_URL })
  t.end()
})

t.test('with sign-in any address may be listened on', (t) => {
  t.match(read({ HOST: '0.0.0.0', AUTH_JWT_SECRET: secret }), { HOST: '0.0.0.0' })
  t.match(read({ HOST: '::', AUTH_JWKS_URL: jwksUrl }), { HOST: '::' })
  t.match(fault({ HOST: '0.0.0.0', AUTH_JWT_SECRET: '' }), /^HOST is "0.0.0.0" and must be a loopback address/)
  t.end()
})

t.test('wrong settings stop the start with a line that names them, and holds no secret', (t) => {
  t.equal(fault({ AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: jwksUrl }), 'AUTH_JWT_SECRET and AUTH_JWKS_URL are both set, and just one of them can say which tokens are valid')
  t.equal(fault({ AUTH_JWT_SECRET: 'geheim', PORT: 'x' }), 'PORT is "x" and must be an integer from 0 to 65535; AUTH_JWT_SECRET has 6 bytes and must have at least 32, such as those that `openssl rand -base64 48` prints')
  for (const AUTH_JWKS_URL of ['http://login.example/keys', 'login.example/keys', 'file:///keys', 'http://localhost.example/keys', '/keys']) {
    t.equal(fault({ AUTH_JWKS_URL }), 'AUTH_JWKS_URL must be a URL that begins with https://, or with http:// on loopback', AUTH_JWKS_URL)
  }
  t.equal(fault({ AUTH_JWKS_URL: 'https://ada:geheim@login.example/keys' }), 'AUTH_JWKS_URL must not hold a user name or password')
  for (const name of ['AUTH_JWT_ISSUER', 'AUTH_JWT_AUDIENCE']) t.equal(fault({ [name]: 'x' }), `${name} is set, but neither AUTH_JWT_SECRET nor AUTH_JWKS_URL: there would be no sign-in`)
  t.end()
})
