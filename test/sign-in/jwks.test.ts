import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK } from 'jose'
import t, { type Test } from 'tap'
import { tokenKeys } from '../../src/sign-in/token-keys.js'
import { buildTestApp } from '../app.js'
import { send } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { signingInput, tokenOf } from './tokens.js'

const url = '/api/articles'

/** A server of keys; what it answers with can be changed. */
const serveKeys = async (t: Test, keys: JWK[]) => {
  const served = { answer: ((_request, response) => void response.end(JSON.stringify({ keys }))) as RequestListener, requests: 0 }
  const server = createServer((request, response) => {
    served.requests++
    served.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  t.teardown(close)
  return { served, close, jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` }
}

const keyOf = async (alg: string, kid: string) => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const sign = (claims: Record<string, unknown> = { sub: 'ada' }, header: object = {}) => new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)
  return { publicKey, jwk: { ...await exportJWK(publicKey), kid, use: 'sig' }, sign }
}

t.test('tokens are verified with the keys of a JWKS, which is fetched once', async (t) => {
  const keys = await Promise.all([keyOf('RS256', 'rsa'), keyOf('ES256', 'ec'), keyOf('EdDSA', 'ed'), keyOf('PS256', 'pss')])
  const [rsa, ec] = keys
  const stranger = await keyOf('RS256', 'rsa')
  const { jwksUrl, served } = await serveKeys(t, [...keys.map(({ jwk }) => jwk), { kty: 'oct', k: Buffer.from('a secret of just thirty-two byte').toString('base64url'), kid: 'oct' }])
  const { app } = await buildTestApp(t, { signIn: { tokens: { jwksUrl } } })
  const get = async (token: string) => app.inject({ url, headers: { authorization: `Bearer ${token}` } })
  const tokens = await Promise.all(keys.map(({ sign }) => sign()))
  for (const reply of await Promise.all([...tokens, ...tokens].map(get))) t.equal(reply.statusCode, 200)
  t.equal(served.requests, 1)

  const pem = await exportSPKI(rsa.publicKey)
  const noKey = 'no key of the service\'s JWKS is for it'
  for (const [what, token, why] of [
    ['HS256 with the public RSA key for secret', tokenOf({ sub: 'ada' }, pem, { alg: 'HS256', kid: 'rsa' }), noKey],
    ['the same without the newline at its end', tokenOf({ sub: 'ada' }, pem.trimEnd(), { alg: 'HS256', kid: 'rsa' }), noKey],
    ['HS256 with a secret of the JWKS', tokenOf({ sub: 'ada' }, 'a secret of just thirty-two byte', { alg: 'HS256', kid: 'oct' }), noKey],
    ['alg none', `${signingInput({ alg: 'none', kid: 'rsa' }, { sub: 'ada' })}.`, noKey],
    ['RS256, not signed', `${signingInput({ alg: 'RS256', kid: 'rsa' }, { sub: 'ada' })}.`, 'it is not signed'],
    ['a stranger\'s key of the same name', await stranger.sign(), 'its signature or a claim is not accepted here'],
    ['a name that no key has', await rsa.sign({ sub: 'ada' }, { kid: 'other' }), noKey],
    ['an algorithm that is not the key\'s', tokenOf({ sub: 'ada' }, pem, { alg: 'ES256', kid: 'rsa' }), noKey],
    ['no name, where several keys could be meant', await rsa.sign({ sub: 'ada' }, { kid: undefined, alg: 'RS256' }), noKey],
    ['no alg', tokenOf({ sub: 'ada' }, pem, { kid: 'rsa' }), 'its header names no algorithm'],
    ['expired', await ec.sign({ sub: 'ada', exp: 1 }), 'it has expired']
  ] as const) {
    const reply = await get(token)
    t.equal(reply.statusCode, 401, what)
    t.equal(reply.json<{ detail: string }>().detail, `The token is not valid: ${why}`, what)
  }
  t.equal(served.requests, 1, 'names that no key has don\'t make it ask each time')
})

t.test('a JWKS that cannot be had is 503, until it can', async (t) => {
  const rsa = await keyOf('RS256', 'rsa')
  const { jwksUrl, served, close } = await serveKeys(t, [rsa.jwk])
  const { app } = await buildTestApp(t, { signIn: { tokens: { jwksUrl } } })
  const headers = { authorization: `Bearer ${await rsa.sign()}` }
  const { answer } = served
  const detail = 'The keys that tokens are verified with cannot be had'
  for (const broken of [
    (_request, response) => void response.writeHead(500).end(),
    (_request, response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
    (_request, response) => void response.end('<html>'),
    (_request, response) => void response.end('{"keys":1}'),
    (request) => void request.socket.destroy()
  ] as RequestListener[]) {
    served.answer = broken
    const reply = await send(app, 'GET', url, undefined, headers)
    t.equal(reply.statusCode, 503)
    t.strictSame(reply.json(), problem('unavailable', 'Service Unavailable', 503, detail, url, { retryable: true }))
    t.equal(reply.headers['retry-after'], '1')
  }
  t.strictSame((await send(app, 'POST', url, { title: 'A' }, headers)).json(), problem('unavailable', 'Service Unavailable', 503, detail, url, { retryable: true, outcome: 'not-applied' }))
  t.equal((await app.inject(url)).statusCode, 401, 'without a token no key is asked for')
  served.answer = answer
  t.equal((await send(app, 'GET', url, undefined, headers)).statusCode, 200)
  await close()
  t.equal((await send(app, 'GET', url, undefined, headers)).statusCode, 200, 'the keys are kept')
})

t.test('a JWKS that does not come is given up', async (t) => {
  const { jwksUrl, served } = await serveKeys(t, [])
  served.answer = () => undefined
  await t.rejects(tokenKeys(new URL(jwksUrl), 20)({ alg: 'RS256' }, 'GET'), { code: 'NOCLOBBER_UNAVAILABLE', message: 'The keys that tokens are verified with cannot be had' })
})
