import t from 'tap'
import { noCurl, runExchanges } from './exchanges.js'

t.test('docs/conflicts.md: each command prints what the page says', { skip: noCurl ?? false }, async (t) => {
  await runExchanges(t, 'docs/conflicts.md')
})
