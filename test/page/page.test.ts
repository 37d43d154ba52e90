import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { as, secret } from '../sign-in/tokens.js'
import { builtPage } from './page-service.js'

const maxBytes = 60_000

t.test(`all that the page loads is under ${maxBytes} bytes, compressed`, async (t) => {
  const directory = await builtPage(t)
  const names = (await readdir(directory)).sort()
  t.strictSame(names, ['icon.svg', 'index.html', 'page.js', 'style.css'])
  const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(join(directory, name))).length))
  const bytes = sizes.reduce((sum, size) => sum + size)
  t.comment(`${bytes} bytes`)
  t.ok(bytes < maxBytes, `${bytes} bytes`)
})

t.test('the page and what it loads are served to everybody, also where the rest needs sign-in, and a browser keeps them', async (t) => {
  const { app } = await buildTestApp(t, { page: await builtPage(t), signIn: { tokens: { secret } } })
  for (const [url, type] of [['/', 'text/html; charset=utf-8'], ['/page/page.js', 'text/javascript; charset=utf-8'], ['/page/style.css', 'text/css; charset=utf-8'], ['/page/icon.svg', 'image/svg+xml; charset=utf-8']] as const) {
    const { statusCode, headers } = await app.inject({ url, headers: { accept: type.split(';')[0] } })
    t.strictSame({ statusCode, type: headers['content-type'], cache: headers['cache-control'] }, { statusCode: 200, type, cache: 'no-cache' }, url)
    t.equal(headers['content-security-policy'], "default-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none';object-src 'none'")
    t.equal((await app.inject({ url, headers: { 'if-none-match': String(headers.etag) } })).statusCode, 304, `${url}, unchanged`)
    t.equal((await app.inject({ url, method: 'HEAD' })).statusCode, 200)
    t.match((await app.inject({ url, method: 'POST', headers: as('ada') })).headers, { allow: 'GET, HEAD, OPTIONS' })
  }
  t.equal((await app.inject('/')).body, await readFile('src/page/index.html', 'utf8'))
  for (const url of ['/page/', '/page/index.html', '/page/..%2fpackage.json', '/index.html']) t.not((await app.inject(url)).statusCode, 200, url)
  t.equal((await app.inject('/api/articles')).statusCode, 401)
})

t.test('a page that is not built stops the start, with what to do', async (t) => {
  await t.rejects(buildTestApp(t, { page: join(t.testdir({ 'index.html': '' })) }), { message: /page\.js is not there: build the page by npm run build$/ })
})
