import { readFileSync } from 'node:fs'
import t from 'tap'
import { request } from 'undici'
import { buildTestApp, listen } from '../app.js'
import { codeBlocks } from '../contract/readme.js'
import { create, urlOf } from '../contract/stored.js'
import { noNginx, startNginx } from './nginx.js'

const json = { 'content-type': 'application/json' }

t.test('through nginx', { skip: noNginx ?? false }, async (t) => {
  const { app } = await buildTestApp(t)
  const upstream = await listen(app)
  const base = await startNginx(t, `gzip on; gzip_types application/json; location / { proxy_pass ${upstream}; }`)
  const put = async (url: string, ifMatch: string, title: string) => {
    const { statusCode, headers, body } = await request(base + url, { method: 'PUT', headers: { ...json, 'if-match': ifMatch }, body: JSON.stringify({ title }) })
    return { statusCode, headers, body: await body.json() }
  }

  for (const coding of ['gzip', 'br']) {
    t.test(`what the service has compressed by ${coding} keeps its strong tag`, async (t) => {
      const url = urlOf(await create(app, '/api/articles', { title: 'A', body: 'Once upon a time. '.repeat(100) }))
      const accepts = { 'accept-encoding': coding }
      const { headers, body } = await request(base + url, { headers: accepts })
      await body.dump()
      t.match(headers, { etag: `"1-${coding}"`, 'content-encoding': coding })
      const unchanged = await request(base + url, { headers: { ...accepts, 'if-none-match': `"1-${coding}"` } })
      t.match(unchanged, { statusCode: 304, headers: { etag: `"1-${coding}"` } })
      await unchanged.body.dump()
      t.match(await put(url, `"1-${coding}"`, 'B'), { statusCode: 200, headers: { etag: '"2"' }, body: { version: 2, title: 'B' } })
    })
  }

  t.test('what nginx itself compresses has a weak tag, which reads but does not write, and the 409 says why', async (t) => {
    const url = urlOf(await create(app, '/api/articles', { title: 'A', body: 'x'.repeat(500) }))
    const accepts = { 'accept-encoding': 'gzip' }
    const { headers, body } = await request(base + url, { headers: accepts })
    await body.dump()
    t.match(headers, { etag: 'W/"1"', 'content-encoding': 'gzip' })
    const unchanged = await request(base + url, { headers: { ...accepts, 'if-none-match': 'W/"1"' } })
    t.equal(unchanged.statusCode, 304)
    await unchanged.body.dump()
    t.match(await put(url, 'W/"1"', 'B'), { statusCode: 409, headers: { etag: '"1"' }, body: { detail: 'A weak entity-tag (W/) never matches in If-Match: send the strong one, without W/. A proxy on the way may have weakened it' } })
    t.match(await put(url, '"1"', 'B'), { statusCode: 200 })
  })

  t.test('set up as docs/limits.md says, every tag stays strong', async (t) => {
    const code = codeBlocks(readFileSync('docs/limits.md', 'utf8')).find(({ language }) => language === 'nginx')?.code ?? ''
    const through = await startNginx(t, `gzip on; gzip_types application/json; ${code.replace('http://127.0.0.1:3000', upstream)}`)
    const url = urlOf(await create(app, '/api/articles', { title: 'A', body: 'x'.repeat(500) }))
    const { headers, body } = await request(through + url, { headers: { 'accept-encoding': 'gzip' } })
    await body.dump()
    t.equal(headers.etag, '"1"')
    t.match(headers['x-request-id'], /^[0-9a-f]{32}$/)
  })
})
