import { readFileSync } from 'node:fs'
import t from 'tap'
import { settingsSchema } from '../../src/settings.js'
import { buildTestApp } from '../app.js'
import { tables } from '../contract/readme.js'
import { noCurl, runPage } from '../exchanges.js'

for (const page of ['docs/limits.md', 'docs/observe.md']) {
  t.test(`${page}: each command prints what the page says`, { skip: noCurl ?? false }, async (t) => {
    await runPage(t, page)
  })
}

t.test('docs/observe.md names the metrics that there are', async (t) => {
  const { app } = await buildTestApp(t)
  const { body } = await app.inject('/metrics')
  const own = [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name).filter((name) => !/^(process|nodejs)_/.test(name))
  const [rows = []] = tables(readFileSync('docs/observe.md', 'utf8'))
  t.strictSame(rows.map(([name]) => name?.replaceAll('`', '')).sort(), own.sort())
})

t.test('docs/limits.md names settings that there are', (t) => {
  const [rows = []] = tables(readFileSync('docs/limits.md', 'utf8'))
  const named = rows.map(([,, setting = '']) => setting.replaceAll('`', '')).filter((setting) => setting !== '')
  t.ok(named.length >= 6)
  t.strictSame(named.filter((name) => !(name in settingsSchema.properties)), [])
  t.end()
})
