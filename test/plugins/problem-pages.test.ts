import t from 'tap'
import { errors } from '../../src/errors.js'
import { problemTypes } from '../../src/problem-types.js'
import { buildProblemApp, problem } from './problem-app.js'

const app = await buildProblemApp(t, () => undefined)

t.test('a page for each type', async (t) => {
  const slugs = ['version-conflict', 'already-exists', 'duplicate', 'state-conflict', 'patch-test-failed', 'request-in-progress', 'idempotency-key-reused', 'invalid',
    'bad-request', 'unauthorized', 'forbidden', 'not-found', 'gone', 'method-not-allowed', 'not-acceptable', 'request-timeout', 'too-large', 'unsupported-media-type',
    'precondition-failed', 'precondition-required', 'rate-limited', 'unavailable', 'internal']
  t.strictSame(Object.keys(problemTypes).sort(), [...slugs].sort())
  for (const slug of slugs) {
    const reply = await app.inject({ url: `/problems/${slug}`, headers: { accept: 'text/html,*/*;q=0.8' } })
    t.match([reply.statusCode, reply.headers], [200, { 'content-type': 'text/html; charset=utf-8', vary: 'Accept', 'content-security-policy': "default-src 'none'" }])
    t.match(reply.body, `<h1>${slug}</h1>`)
  }
})

t.test('the whole page, and the same as JSON', async (t) => {
  t.equal((await app.inject('/problems/forbidden')).body, `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>forbidden</title>
<h1>forbidden</h1>
<p><strong>403 Forbidden</strong></p>
<p>You may not do this to this resource.</p>
</html>
`)
  const json = await app.inject({ url: '/problems/forbidden', headers: { accept: 'application/json' } })
  t.match(json.headers['content-type'], 'application/json')
  t.strictSame(json.json(), { type: '/problems/forbidden', status: 403, title: 'Forbidden', about: 'You may not do this to this resource.' })
})

t.test('a type that is not on the list', async (t) => {
  for (const slug of ['nothing', 'constructor', '__proto__', '%3Cscript%3E']) {
    const reply = await app.inject(`/problems/${slug}`)
    t.equal(reply.statusCode, 404)
    t.strictSame(reply.json(), problem('not-found', 'Not Found', 404, 'There is no problem of this type', `/problems/${slug}`))
  }
  t.equal((await app.inject({ url: '/problems/gone', headers: { accept: 'image/png' } })).statusCode, 406)
})

t.test('every error has a page', async (t) => {
  for (const define of Object.values(errors)) {
    t.equal((await app.inject(`/problems/${define().problem}`)).statusCode, 200)
  }
})
