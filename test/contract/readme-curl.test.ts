import t from 'tap'
import { noCurl, runExchanges } from '../exchanges.js'
import { codeBlocks, sectionOf } from './readme.js'

for (const heading of ['Five minutes with curl', 'A conflict, resolved three ways']) {
  t.test(`README, ${heading}: each command prints what it says`, { skip: noCurl ?? false }, async (t) => {
    const blocks = codeBlocks(sectionOf(heading))
    t.match(blocks, [{ language: 'sh' }])
    await runExchanges(t, blocks)
  })
}
