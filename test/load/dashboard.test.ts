import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request, type OutgoingHttpHeaders } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { buildService } from '../../scripts/load/build.js'
import type { DashboardState, RunForm } from '../../scripts/load/dashboard/state.js'
import { overflow, violationsOf } from '../axe.js'
import { startBrowser } from '../browser.js'
import { mongodbUri } from '../mongodb-uri.js'
import { visit, type Visitor } from '../page/page-service.js'
import { runTypeScript } from '../run-typescript.js'
import { plantedServer } from './planted-server.js'

// The service may have to be built first, and three servers start.
t.setTimeout(180_000)

t.before(() => buildService((line) => t.comment(line)))

const browser = await startBrowser(t)

interface Dashboard {
  readonly url: string
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
}

/** The load script with `--serve` as a process of its own, once it says where. */
const serve = async (t: Test, ...args: readonly string[]): Promise<Dashboard> => {
  const [command, commandArgs] = runTypeScript('scripts/load/main.ts', '--serve', ...args)
  const child = spawn(command, commandArgs, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  t.teardown(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  const [line] = await Promise.race([once(lines, 'line'), ended]) as [unknown]
  const url = /open (http:\/\/127\.0\.0\.1:\d+\/)/.exec(String(line))?.[1]
  if (url === undefined) throw new Error(`the load script ended: ${String(line)}`)
  return { url, child, ended }
}

/** The browser of the tests may have no language that Intl knows, as under LANG=C; that must not matter. */
const open = async (url: string): Promise<Visitor> => await visit(browser, url, { viewport: { width: 1280, height: 900 } })

const cell = (page: Page, row: string, column: number) => page.getByRole('row', { name: row }).getByRole('cell').nth(column)

const verdictOf = (page: Page, target: string) => page.locator('.verdict').filter({ has: page.getByRole('heading', { name: target }) })

t.test('a run of ours and naive is started and seen live; naive loses edits, each by name, ours none', async (t) => {
  const { url, child, ended } = await serve(t, '--mongodb-uri', mongodbUri(), '--hot', '1')
  const { page, errors } = await open(url)
  await page.getByText('live', { exact: true }).waitFor()
  t.equal(await page.getByLabel('Share on the first').inputValue(), '1', 'the command line fills in the form')
  t.strictSame(await violationsOf(page), [], 'before a run')

  await page.getByLabel('Editors').fill('0')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('alert').filter({ hasText: '--editors 0: give an integer from 1 to 1351' }).waitFor()
  t.equal(await page.getByLabel('Editors').getAttribute('aria-invalid'), 'true')
  await page.getByLabel('Editors').fill('10')
  await page.getByLabel('Duration').fill('2500ms')
  await page.getByRole('button', { name: 'Start' }).press('Enter')

  const acknowledged = cell(page, 'Edits acknowledged', 0)
  await acknowledged.filter({ hasText: /^[1-9]/ }).waitFor({ timeout: 60_000 })
  t.equal(await page.getByRole('alert').count(), 0, 'the refusal is gone')
  const first = await acknowledged.textContent() ?? ''
  await acknowledged.filter({ hasNotText: new RegExp(`^${first}$`) }).waitFor()
  t.ok(Number(await acknowledged.textContent()) > Number(first), 'the figures rise')
  t.equal(await page.evaluate(() => document.activeElement?.textContent), 'Start', 'the focus stays')
  await page.getByRole('status').filter({ hasText: 'noclobber: ' }).waitFor({ state: 'attached' })

  await verdictOf(page, 'naive: FAILED').waitFor({ timeout: 60_000 })
  t.match(await verdictOf(page, 'noclobber: ok').textContent(), /none of \d+ acknowledged edits lost or doubled/)
  t.equal(await cell(page, 'Lost updates', 0).textContent(), 'none')
  const lost = Number(await cell(page, 'Lost updates', 1).textContent())
  t.ok(lost > 0)
  const findings = await verdictOf(page, 'naive: FAILED').getByRole('listitem').allTextContents()
  const sentence = /^document [0-9a-f]{24}: LOST edit \d+:\d+:\w{5} of editor \d+ \(made on version \d+, acknowledged as version \d+\)/
  t.equal(findings.filter((finding) => sentence.test(finding)).length, lost, 'each lost edit is named')
  t.equal(await page.locator('canvas').count(), 6)

  for (const { width, colorScheme } of [{ width: 1280, colorScheme: 'light' }, { width: 360, colorScheme: 'dark' }] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    t.strictSame(await violationsOf(page), [], `${colorScheme}, ${width} pixels wide`)
    t.equal(await overflow(page), 0, `${width} pixels wide: nothing is wider`)
  }

  const later = await open(url)
  await verdictOf(later.page, 'naive: FAILED').waitFor()
  t.equal(await later.page.locator('table').innerText(), await page.locator('table').innerText(), 'who comes later sees the same')

  child.kill('SIGINT')
  await page.getByText('the load script has ended').waitFor()
  t.strictSame([await ended, errors, later.errors], [[0, null], [], []], 'exit status of the service, which lost nothing')
})

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

t.test('Ctrl-C in the middle of a run: it is judged, and no process is left', async (t) => {
  const { url, child, ended } = await serve(t, '--mongodb-uri', mongodbUri(), '--against', 'naive', '--hot', '1', '--duration', '10m')
  const { page } = await open(url)
  await page.getByLabel('noclobber').uncheck()
  await page.getByRole('button', { name: 'Start' }).click()
  await cell(page, 'Lost updates', 0).filter({ hasText: /^[1-9]\d* so far$/ }).waitFor({ timeout: 60_000 })
  const children = execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).split('\n').filter((pid) => pid !== '').map(Number)
  t.ok(children.length > 0)
  child.kill('SIGINT')
  await sleep(20)
  // npm passes it on once more.
  child.kill('SIGINT')
  t.strictSame(await ended, [1, null])
  // That it has ended is told before the system has tidied up.
  for (const pid of children) while (isRunning(pid)) await sleep(20)
})

/** Sends by hand what `fetch` would not; gives the status. */
const send = async (url: string, method: string, headers: OutgoingHttpHeaders, body = ''): Promise<number | undefined> => {
  const sent = request(url, { method, headers }).end(body)
  const [reply] = await once(sent, 'response') as [{ readonly statusCode?: number, resume: () => void }]
  reply.resume()
  return reply.statusCode
}

t.test('an API elsewhere: stopped and judged early; no other site may start runs, and no other name is answered', async (t) => {
  const { app } = plantedServer('none')
  t.teardown(() => app.close())
  const api = `${await app.listen()}/api/articles`
  const { url, child, ended } = await serve(t, '--url', api, '--duration', '10m', '--think', '5ms')
  const { page, errors } = await open(url)
  await page.getByText('live', { exact: true }).waitFor()
  t.equal(await page.getByRole('checkbox').count(), 0, 'there is nothing to choose from')

  const form: RunForm = { editors: '2', documents: '1', hot: '', duration: '10m', edits: '', think: '5ms', strategy: 'refetch', servers: [] }
  const json = { 'content-type': 'application/json' }
  const stateOf = async (): Promise<DashboardState> => {
    const reply = await fetch(`${url}events`)
    const reader = reply.body?.getReader()
    const { value } = await reader?.read() ?? {}
    await reader?.cancel()
    const told = JSON.parse(Buffer.from(value ?? []).toString().replace(/^data: /, '')) as { readonly state: DashboardState }
    return told.state
  }
  t.equal(await send(`${url}runs`, 'POST', { ...json, origin: 'http://example.com' }, JSON.stringify(form)), 403)
  t.equal(await send(`${url}runs`, 'POST', { ...json, host: 'example.com' }, JSON.stringify(form)), 403)
  t.equal(await send(url, 'GET', { host: 'example.com' }), 403)
  t.equal(await send(`${url}runs`, 'POST', { 'content-type': 'text/plain' }, JSON.stringify(form)), 400)
  t.equal(await send(`${url}runs`, 'POST', json, JSON.stringify({ ...form, url: api })), 400, 'a member that it does not know')
  t.equal((await stateOf()).running, false)

  await page.getByRole('button', { name: 'Start' }).click()
  await cell(page, 'Edits acknowledged', 0).filter({ hasText: /^[1-9]/ }).waitFor()
  t.equal(await send(`${url}runs`, 'POST', json, JSON.stringify(form)), 409, 'one at a time')
  await page.getByRole('button', { name: 'Stop and judge' }).click()
  await verdictOf(page, `${api}: ok`).waitFor()
  t.match((await stateOf()).sides, [{ target: api, phase: 'over', verdict: { ok: true, lost: 0, findings: [] } }])

  await app.close()
  await page.getByRole('button', { name: 'Start' }).click()
  await verdictOf(page, `${api}: could not be judged`).getByText(/does not answer \(ECONNREFUSED\)/).waitFor()
  child.kill('SIGINT')
  t.strictSame([await ended, errors], [[2, null], []], 'exit status of the last run')
})
