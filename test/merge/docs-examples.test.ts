import { readFileSync } from 'node:fs'
import t from 'tap'
import { diff } from '../../src/merge/diff.js'
import { isJsonObject, type Json } from '../../src/merge/json.js'
import { mergeRules, noMergeRules } from '../../src/merge/merge-rules.js'
import { threeWayMerge } from '../../src/merge/three-way-merge.js'

const page = readFileSync(new URL('../../docs/merge.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/^## (.+)$|^```json\n([^]*?)^```$/gm)].reduce<{ heading: string, examples: [string, Json][] }>(
  ({ heading, examples }, [, title, block]) => title !== undefined
    ? { heading: title, examples }
    : { heading, examples: [...examples, [heading, JSON.parse(block ?? '') as Json]] },
  { heading: '', examples: [] }).examples

t.equal(examples.length, 11, 'every example of the page is found')

for (const [heading, example] of examples) {
  t.test(heading, t => {
    if (!isJsonObject(example)) throw new TypeError('An example is an object')
    const { schema, base, theirs, yours, merged, conflicts, from, to, changes } = example
    if (base !== undefined && theirs !== undefined && yours !== undefined) {
      t.strictSame(Object.keys(example).filter(name => name !== 'schema'), ['base', 'theirs', 'yours', 'merged', 'conflicts'])
      t.strictSame(threeWayMerge(base, theirs, yours, isJsonObject(schema) ? mergeRules(schema) : noMergeRules), { merged, conflicts })
    } else if (from !== undefined && to !== undefined) {
      t.strictSame(diff(from, to), changes)
    } else {
      t.fail('An example shows a merge or a diff')
    }
    t.end()
  })
}
