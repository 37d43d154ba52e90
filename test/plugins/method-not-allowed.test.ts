import t from 'tap'
import { buildProblemApp, problem } from './problem-app.js'
import { exchange } from './raw-http.js'

const app = await buildProblemApp(t, (app) => {
  const handler = () => 'done'
  app.get('/things', handler)
  app.post('/things', handler)
  app.register((scope, _options, done) => {
    scope.route({ method: ['PUT', 'DELETE'], url: '/:id', handler })
    scope.patch('/:id', { config: { mediaTypes: ['application/merge-patch+json'] } }, handler)
    done()
  }, { prefix: '/things' })
  app.get('/things/events', handler)
  app.post('/reports', handler)
})

const notAllowed = (instance: string) => problem('method-not-allowed', 'Method Not Allowed', 405, 'This URL does not have this method: see Allow', instance)

t.test('405 lists the methods that the URL has', async (t) => {
  const cases: [string, string, string][] = [
    ['DELETE', '/things', 'GET, HEAD, POST, OPTIONS'],
    ['PATCH', '/things?limit=1', 'GET, HEAD, POST, OPTIONS'],
    ['GET', '/things/5', 'PUT, PATCH, DELETE, OPTIONS'],
    ['POST', '/things/5', 'PUT, PATCH, DELETE, OPTIONS'],
    ['POST', '/things/events', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['HEAD', '/reports', 'POST, OPTIONS'],
    ['TRACE', '/reports', 'POST, OPTIONS'],
    ['PROPFIND', '/reports', 'POST, OPTIONS'],
    ['SEARCH', '/reports', 'POST, OPTIONS']
  ]
  for (const [method, url, allow] of cases) {
    const reply = await app.inject({ method: method as 'GET', url })
    t.equal(reply.statusCode, 405, `${method} ${url}`)
    t.equal(reply.headers.allow, allow, `${method} ${url}`)
    if (method !== 'HEAD') t.strictSame(reply.json(), notAllowed(url.replace(/\?.*/, '')))
  }
})

t.test('before the body, of whatever kind it is', async (t) => {
  const body = { payload: 'x'.repeat(2_000_000), headers: { 'content-type': 'text/plain', accept: 'text/html' } }
  t.equal((await app.inject({ method: 'PUT', url: '/things', ...body })).statusCode, 405)
  t.equal((await app.inject({ method: 'PUT', url: '/nothing', ...body })).statusCode, 404)
})

t.test('a URL without a route is 404 for every method', async (t) => {
  for (const method of ['GET', 'POST', 'OPTIONS', 'PROPFIND'] as 'GET'[]) {
    const reply = await app.inject({ method, url: '/reports/' })
    t.equal(reply.statusCode, 404, method)
    t.notOk('allow' in reply.headers)
    t.strictSame(reply.json(), problem('not-found', 'Not Found', 404, 'There is nothing here', '/reports/'))
  }
})

t.test('OPTIONS lists them too, with the media types of PATCH', async (t) => {
  const one = await app.inject({ method: 'OPTIONS', url: '/things/5' })
  t.equal(one.statusCode, 204)
  t.match(one.headers, { allow: 'PUT, PATCH, DELETE, OPTIONS', 'accept-patch': 'application/merge-patch+json' })
  t.equal(one.body, '')
  const all = await app.inject({ method: 'OPTIONS', url: '/things' })
  t.equal(all.headers.allow, 'GET, HEAD, POST, OPTIONS')
  t.notOk('accept-patch' in all.headers)
})

t.test('an OPTIONS route for every URL makes none exist', async (t) => {
  const cors = await buildProblemApp(t, (app) => {
    app.options('*', (_request, reply) => reply.code(204).send())
    app.get('/things', () => 'done')
  })
  t.equal((await cors.inject({ method: 'OPTIONS', url: '/nothing' })).statusCode, 204)
  t.equal((await cors.inject('/nothing')).statusCode, 404)
  t.equal((await cors.inject({ method: 'PUT', url: '/things' })).headers.allow, 'GET, HEAD, OPTIONS')
})

t.test('the router of the app and that of Allow agree on case and slashes', async (t) => {
  const loose = await buildProblemApp(t, (app) => {
    app.get('/things', () => 'done')
  }, { routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true } })
  for (const url of ['/THINGS', '/things/', '//things']) {
    t.equal((await loose.inject(url)).statusCode, 200, url)
    t.equal((await loose.inject({ method: 'PUT', url })).statusCode, 405, url)
  }
})

t.test('OPTIONS * asks about the server, and CONNECT is not for it', async (t) => {
  await app.listen({ port: 0 })
  const [options] = await exchange(app, 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  t.match(options, { status: 204, headers: { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' }, body: '' })
  const [connect] = await exchange(app, 'CONNECT example.com:80 HTTP/1.1\r\nHost: a\r\n\r\n')
  t.match(connect, { status: 405, headers: { allow: '', connection: 'close' } })
  t.strictSame(JSON.parse(connect?.body ?? ''), problem('method-not-allowed', 'Method Not Allowed', 405, 'This is no proxy', undefined))
})
