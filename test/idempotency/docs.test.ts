import t from 'tap'
import { noCurl, runPage } from '../exchanges.js'

t.test('docs/idempotency.md: each command prints what the page says', { skip: noCurl ?? false }, async (t) => {
  await runPage(t, 'docs/idempotency.md')
})
