import t from 'tap'
import { buildTestApp } from '../app.js'
import { send } from '../contract/stored.js'
import { problem } from '../plugins/problem-app.js'
import { as, secret, signingInput, tokenOf } from './tokens.js'

const url = '/api/articles'
const now = Math.floor(Date.now() / 1000)
const good = { sub: 'ada', iss: 'https://login.example', aud: ['articles', 'other'], exp: now + 600 }

t.test('who sends no valid token is told why, and nothing of what the token holds', async (t) => {
  const { app } = await buildTestApp(t, { signIn: { tokens: { secret, issuer: 'https://login.example', audience: 'articles' } } })
  const valid = tokenOf(good)
  t.equal((await app.inject({ url, headers: { authorization: `Bearer ${valid}` } })).statusCode, 200)
  t.equal((await app.inject({ url, headers: { authorization: `bearer ${tokenOf({ ...good, aud: 'articles', exp: undefined })}` } })).statusCode, 200, 'one audience; no end; the scheme in any case')

  for (const [what, authorization] of [
    ['none', undefined], ['empty', ''], ['another scheme', 'Basic YWRhOnNlY3JldA=='], ['a bare token', valid], ['no token after the scheme', 'Bearer']
  ] as const) {
    const reply = await app.inject({ url, headers: { ...(authorization !== undefined && { authorization }) } })
    t.equal(reply.statusCode, 401, what)
    t.strictSame(reply.json(), problem('unauthorized', 'Unauthorized', 401, 'The request needs a valid token in Authorization', url), what)
    t.equal(reply.headers['www-authenticate'], 'Bearer')
    t.match(reply.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  }

  const wrong = 'its signature or a claim is not accepted here'
  const parts = valid.split('.')
  for (const [what, token, why] of [
    ['expired', tokenOf({ ...good, exp: now - 1 }), 'it has expired'],
    ['not valid yet', tokenOf({ ...good, nbf: now + 60 }), 'it is not valid yet'],
    ['wrong issuer', tokenOf({ ...good, iss: 'https://evil.example' }), wrong],
    ['no issuer', tokenOf({ ...good, iss: undefined }), wrong],
    ['wrong audience', tokenOf({ ...good, aud: ['other'] }), wrong],
    ['no audience', tokenOf({ ...good, aud: undefined }), wrong],
    ['another secret', tokenOf(good, 'another secret of thirty-two byte'), wrong],
    ['alg none, not signed', `${signingInput({ alg: 'none' }, good)}.`, 'it is not signed'],
    ['alg None, with the signature of the secret', tokenOf(good, secret, { alg: 'None' }), 'it is signed with an algorithm that is not accepted here'],
    ['alg none, with the signature of the secret', tokenOf(good, secret, { alg: 'none' }), 'it is signed with an algorithm that is not accepted here'],
    ['HS256, not signed', `${parts[0] ?? ''}.${parts[1] ?? ''}.`, 'it is not signed'],
    ['HS512', tokenOf(good, secret, { alg: 'HS512' }, 'sha512'), 'it is signed with an algorithm that is not accepted here'],
    ['RS256 with the secret', tokenOf(good, secret, { alg: 'RS256' }), 'it is signed with an algorithm that is not accepted here'],
    ['no alg', tokenOf(good, secret, {}), 'it is signed with an algorithm that is not accepted here'],
    ['another payload', `${parts[0] ?? ''}.${tokenOf({ ...good, sub: 'ben' }).split('.')[1] ?? ''}.${parts[2] ?? ''}`, wrong],
    ['no sub', tokenOf({ ...good, sub: undefined }), wrong],
    ['an empty sub', tokenOf({ ...good, sub: '' }), 'its sub cannot be used: it must be a string that is not empty'],
    ['a sub that is no string', tokenOf({ ...good, sub: { $gt: '' } }), 'its sub cannot be used: it must be a string that is not empty'],
    ['a long sub', tokenOf({ ...good, sub: 'x'.repeat(257) }), 'its sub cannot be used: it is longer than 256 characters'],
    ['a sub that is not well-formed', tokenOf(JSON.stringify(good).replace('"ada"', '"\\ud800"')), 'its sub cannot be used: it is not well-formed Unicode'],
    ['no JSON', tokenOf('ada'), wrong], ['JSON that is no object', tokenOf('null'), wrong],
    ['two tokens', `${valid} ${valid}`, wrong], ['no token', 'x', wrong], ['four parts', `${valid}.x`, wrong]
  ] as const) {
    const reply = await app.inject({ url, headers: { authorization: `Bearer ${token}` } })
    t.equal(reply.statusCode, 401, what)
    t.strictSame(reply.json(), problem('unauthorized', 'Unauthorized', 401, `The token is not valid: ${why}`, url), what)
    t.equal(reply.headers['www-authenticate'], 'Bearer error="invalid_token"', what)
  }

  t.equal((await app.inject({ url, headers: { authorization: `Bearer ${valid}` } })).statusCode, 200, 'the good token is good still')
})

t.test('a token that was verified before is not taken after it has expired', async (t) => {
  const { app } = await buildTestApp(t, { signIn: { tokens: { secret } } })
  const headers = as('ada')
  t.equal((await app.inject({ url, headers })).statusCode, 200)
  const { now } = Date
  t.teardown(() => { Date.now = now })
  Date.now = () => now() + 61_000
  t.match((await app.inject({ url, headers })).json(), { status: 401, message: 'The token is not valid: it has expired' })
})

t.test('what is open without sign-in, and what is not', async (t) => {
  const { app } = await buildTestApp(t, { signIn: { tokens: { secret } } })
  for (const open of ['/health/live', '/health/ready', '/problems/unauthorized']) t.equal((await app.inject(open)).statusCode, 200, open)
  for (const [method, at, body, headers] of [
    ['GET', '/nowhere'], ['GET', '/problems'], ['GET', '/healthy'], ['DELETE', '/health/live'], ['OPTIONS', url], ['DELETE', url],
    ['GET', url, undefined, { accept: 'text/html' }], ['POST', url, 'x', { 'content-type': 'text/plain' }], ['POST', url, JSON.stringify({ title: 'x'.repeat(1_048_577) })],
    ['PUT', `${url}/x`, '{', { 'if-match': '"' }], ['GET', `${url}?limit=0`], ['GET', `/${'x'.repeat(13_000)}`], ['GET', `${url}/${'f'.repeat(24)}`]
  ] as const) t.match((await send(app, method, at, body, headers)).json(), { status: 401, type: '/problems/unauthorized' }, `401 comes first: ${method} ${at.slice(0, 40)}`)
})

t.test('a secret that is too short, and two ways to sign in', async (t) => {
  await t.rejects(buildTestApp(t, { signIn: { tokens: { secret: 'short' } } }), { message: 'the secret for tokens must have at least 32 bytes' })
  await t.rejects(buildTestApp(t, { signIn: { tokens: { secret }, authenticate: () => undefined } }), { message: 'noclobber-sign-in: tokens and authenticate are both given: which of them says who it is?' })
})

t.test('who wrote a version is in its history, and in the 409', async (t) => {
  const { app } = await buildTestApp(t, { signIn: { tokens: { secret } } })
  const article = (await send(app, 'POST', url, { title: 'A' }, as('ada'))).json<{ id: string }>()
  const at = `${url}/${article.id}`
  await send(app, 'PATCH', at, { title: 'B' }, { 'if-match': '"1"', ...as('$ben') })
  t.match((await send(app, 'GET', `${at}/revisions`, undefined, as('cem'))).json(), { items: [{ version: 2, by: '$ben' }, { version: 1, by: 'ada' }] })
  t.match((await send(app, 'PATCH', at, { title: 'C' }, { 'if-match': '"1"', ...as('ada') })).json(), { status: 409, changes: [{ pointer: '/title', version: 2, by: '$ben' }] })
  await send(app, 'DELETE', at, undefined, { 'if-match': '"2"', ...as('ada') })
  t.match((await send(app, 'GET', `${at}/revisions`, undefined, as('cem'))).json(), { items: [{ version: 3, by: 'ada', kind: 'deleted' }, {}, {}] })
})
