import t from 'tap'
import { operationsIn } from '../../scripts/fuzz/documented-replies.js'
import { buildTestApp, listen } from '../app.js'
import { openBrowser } from '../browser.js'

t.test('/docs shows every operation in a real browser, offline and under its Content-Security-Policy', async (t) => {
  const { app } = await buildTestApp(t)
  const base = await listen(app)
  const page = await openBrowser(t)
  const complaints: string[] = []
  const elsewhere: string[] = []
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()) })
  page.on('pageerror', (error) => { complaints.push(error.message) })
  page.on('requestfailed', (request) => { complaints.push(request.url()) })
  await page.route('**', async (route) => {
    const url = route.request().url()
    const own = url.startsWith(base) || url.startsWith('data:')
    if (!own) elsewhere.push(url)
    await (own ? route.continue() : route.abort())
  })
  await page.goto(`${base}/docs`)
  await page.locator('.opblock').first().waitFor()
  t.equal(await page.locator('.opblock').count(), operationsIn(app.swagger()))
  const replace = page.locator('.opblock-put').first()
  await replace.locator('.opblock-summary-control').click()
  await replace.locator('.parameters').first().waitFor()
  t.match(await replace.innerText(), 'If-Match')
  t.strictSame(complaints, [])
  t.strictSame(elsewhere, [], 'nothing is loaded from elsewhere')
})

t.test('/docs needs no Accept that names HTML, and its policy lets nothing in from elsewhere', async (t) => {
  const { app } = await buildTestApp(t)
  const reply = await app.inject('/docs')
  t.equal(reply.statusCode, 200)
  t.equal(reply.headers['content-security-policy'], "default-src 'self'; img-src 'self' data:; style-src-elem 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none';")
  t.equal((await app.inject({ url: '/docs/', headers: { accept: 'text/html' } })).statusCode, 200)
  t.equal((await app.inject({ url: '/docs/static/swagger-ui.css', headers: { accept: 'text/css' } })).statusCode, 200)
  t.match((await app.inject('/docs/static/..%2f..%2fpackage.json')).json(), { type: '/problems/not-found' })
  t.match((await app.inject('/docs/static/nothing.js')).json(), { type: '/problems/not-found' })
})
