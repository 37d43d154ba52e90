import t from 'tap'
import { noCurl, runExchanges } from '../resolve/exchanges.js'

t.test('docs/idempotency.md: each command prints what the page says', { skip: noCurl ?? false }, async (t) => {
  await runExchanges(t, 'docs/idempotency.md')
})
