import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import type * as Noclobber from '../../src/client/index.js'
import { buildTestApp } from '../app.js'
import { openBrowser } from '../browser.js'
import type { Article } from './service.js'

declare global {
  interface Window { noclobber: typeof Noclobber }
}

// To unpack the browser takes a while, the first time.
t.setTimeout(180_000)

const html = '<!doctype html><title>articles</title><script type="module">import * as noclobber from "/client.js"; window.noclobber = noclobber</script>'

/** A page with the bundled client, on the origin of the service. */
const openPage = async (t: Test) => {
  const { outputFiles } = await build({ entryPoints: ['src/client/index.ts'], bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false })
  const { app } = await buildTestApp(t)
  const server = createServer((request, response) => {
    if (request.url === '/') response.setHeader('content-type', 'text/html').end(html)
    else if (request.url === '/client.js') response.setHeader('content-type', 'text/javascript').end(outputFiles[0]?.text)
    else app.routing(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const page = await openBrowser(t)
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  await page.waitForFunction(() => 'noclobber' in window)
  return page
}

t.test('in a real browser: create, edit, conflict, resolve', async (t) => {
  const page = await openPage(t)
  const { created, asked, stored, read, error } = await page.evaluate(async () => {
    const { createClient, resolve, VersionConflict } = window.noclobber
    const ada = createClient<Article>({ url: '/api/articles' })
    const bob = createClient<Article>({ url: '/api/articles' })
    const created = await ada.create({ title: 'A', body: 'text' })
    await bob.edit(created.id, (article) => ({ ...article, title: 'his' }))
    const asked: unknown[] = []
    const stored = await ada.edit(created.id, (article) => ({ ...article, title: 'hers', tags: ['hers'] }), {
      onConflict: (conflict) => {
        asked.push(conflict.conflicts)
        return resolve(conflict, { '/title': { value: 'his and hers' } })
      }
    })
    const read = await bob.get(created.id)
    const error: unknown = await bob.put(created.id, created).catch((error: unknown) => error)
    return { created, asked, stored, read, error: error instanceof VersionConflict && { name: error.name, version: error.version, status: error.status } }
  })
  t.strictSame(created, { id: created.id, version: 1, title: 'A', body: 'text', tags: [], status: 'draft', createdAt: created.createdAt, updatedAt: created.createdAt })
  t.strictSame(asked, [[{ pointer: '/title', base: 'A', theirs: 'his', yours: 'hers' }]])
  t.strictSame(stored, { ...created, title: 'his and hers', tags: ['hers'], version: 3, updatedAt: stored.updatedAt })
  t.strictSame(read, stored)
  t.strictSame(error, { name: 'VersionConflict', version: 3, status: 409 })

  let lost = 0
  await page.route('**/api/articles/*', async (route) => {
    if (route.request().method() !== 'PATCH' || lost > 0) {
      await route.continue()
      return
    }
    lost++
    await route.fetch()
    await route.abort('connectionreset')
  })
  const patched = await page.evaluate(async ({ id, version }) => {
    const client = window.noclobber.createClient<Article>({ url: '/api/articles' })
    return await client.patch(id, { body: 'sent twice, done once' }, { version })
  }, stored)
  t.equal(lost, 1, 'the first reply was lost')
  t.strictSame(patched, { ...stored, body: 'sent twice, done once', version: 4, updatedAt: patched.updatedAt })
})
