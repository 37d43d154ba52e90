import fc from 'fast-check'
import t from 'tap'
import { resolve, VersionConflict, type Clash, type Problem } from '../../src/client/index.js'
import { copyOf } from '../../src/client/json.js'
import { mergePatchOf } from '../../src/client/merge-patch.js'
import { threeWay } from '../../src/client/three-way.js'
import type { Json, JsonObject } from '../../src/merge/json.js'
import { applyMergePatch } from '../../src/merge/merge-patch.js'
import { noMergeRules } from '../../src/merge/merge-rules.js'
import { threeWayMerge } from '../../src/merge/three-way-merge.js'

const conflictWith = (body: Problem): VersionConflict => new VersionConflict({ status: 409, body: { type: '/problems/version-conflict', ...body } })

const current = { id: 'a', version: 6, title: 'his', rows: [{ k: 1, n: 2 }], deep: { 'a/b': { '~': 1 } } }
const conflicts: Clash[] = [
  { pointer: '/title', base: 'A', theirs: 'his', yours: 'hers' },
  { pointer: '/rows/0/n', base: 1, theirs: 2, yours: 3 },
  { pointer: '/deep/a~1b/~0', base: 0, theirs: 1 },
  { pointer: '/__proto__', yours: { polluted: true } }
]

t.test('a choice for each clash makes the document to send', (t) => {
  const conflict = conflictWith({ current, conflicts })
  const before = copyOf(conflict.body)
  const yours = { '/title': 'yours', '/rows/0/n': 'yours', '/deep/a~1b/~0': 'yours', '/__proto__': 'yours' } as const
  t.equal(JSON.stringify(resolve(conflict, yours)), '{"id":"a","version":6,"title":"hers","rows":[{"k":1,"n":3}],"deep":{"a/b":{}},"__proto__":{"polluted":true}}')
  t.strictSame(resolve(conflict, { '/title': 'theirs', '/rows/0/n': 'theirs', '/deep/a~1b/~0': 'theirs', '/__proto__': 'theirs' }), current)
  t.strictSame(resolve(conflict, { '/title': { value: 'theirs' }, '/rows/0/n': { value: [0] }, '/deep/a~1b/~0': { value: null }, '/__proto__': { value: undefined } }), { id: 'a', version: 6, title: 'theirs', rows: [{ k: 1, n: [0] }], deep: { 'a/b': { '~': null } } })
  t.strictSame(conflict.body, before, 'the conflict is left as it is')
  t.equal(Reflect.get({}, 'polluted'), undefined)
  t.end()
})

t.test('what merged is kept', (t) => {
  t.strictSame(resolve(conflictWith({ current, merged: { ...current, rows: [] }, conflicts: conflicts.slice(0, 1) }), { '/title': 'yours' }), { ...current, title: 'hers', rows: [] })
  t.end()
})

t.test('wrong choices', (t) => {
  const conflict = conflictWith({ current, conflicts: conflicts.slice(0, 2) })
  t.throws(() => resolve(conflict, { '/title': 'yours' }), new TypeError('The clash at "/rows/0/n" needs a choice: \'theirs\', \'yours\' or { value }'))
  t.throws(() => resolve(conflict, { '/title': 'yours', '/rows/0/n': 'yours', '/body': 'yours' }), new TypeError('There is no clash at "/body"; there are /title, /rows/0/n'))
  const nothing = new TypeError('This conflict lists no clashes to choose from: apply the change to the current document instead')
  t.throws(() => resolve(conflictWith({ current, conflicts: [], mergeable: true }), {}), nothing, 'theirs alone would lose the edit')
  t.throws(() => resolve(conflictWith({ current, historyTruncated: true }), {}), nothing)
  t.throws(() => resolve(conflictWith({ conflicts }), {}), nothing, 'a service that does not show the current document')
  const foreign: VersionConflict = new VersionConflict({ status: 412, body: { current, conflicts } })
  t.throws(() => resolve(foreign, {}), nothing, 'another API may mean something else by these members')
  t.end()
})

const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'a/b', '~')
const { value: json } = fc.letrec<{ value: Json, object: JsonObject }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.constantFrom<Json[]>(null, 0, 1, '', 'x', true), tie('object'), fc.array(tie('value'), { maxLength: 2 })),
  object: fc.array(fc.tuple(names, tie('value')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries))
}))
const object = fc.array(fc.tuple(names, json), { maxLength: 4 }).map((entries): JsonObject => Object.fromEntries(entries))

/** Without the order of members, which neither side's means anything. */
const canonical = (value: unknown): string => JSON.stringify(value, (_, member: unknown): unknown =>
  typeof member === 'object' && member !== null && !Array.isArray(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => a < b ? -1 : 1)) : member)

t.test('the merge of the client is that of the service, where no rules are given', (t) => {
  fc.assert(fc.property(object, object, object, (base, theirs, yours) => {
    const before = canonical([base, theirs, yours])
    const { merged, conflicts } = threeWay(base, theirs, yours, [])
    const service = threeWayMerge(base, theirs, yours, noMergeRules)
    const byPointer = (clashes: readonly { readonly pointer: string }[]) => [...clashes].sort((a, b) => a.pointer < b.pointer ? -1 : 1)
    if (canonical(merged) !== canonical(service.merged) || canonical(byPointer(conflicts)) !== canonical(byPointer(service.conflicts))) throw new Error(`${canonical({ merged, conflicts })} is not ${canonical(service)}`)
    if (canonical([base, theirs, yours]) !== before) throw new Error('an input was changed')
  }), { numRuns: 2_000 })
  t.end()
})

t.test('members that the API sets are theirs', (t) => {
  t.strictSame(threeWay({ version: 1, at: 1, a: 1 }, { version: 2, at: 2, a: 1 }, { a: 2 } as never, ['version', 'at']), { merged: { version: 2, at: 2, a: 2 }, conflicts: [] })
  t.end()
})

t.test('a merge patch makes the one document of the other, wherever there is one', (t) => {
  let found = 0
  fc.assert(fc.property(object, object, (from, to) => {
    const patch = mergePatchOf(from, to)
    if (patch === undefined) {
      if (!canonical(to).includes('null')) throw new Error('there is one')
      return
    }
    found++
    if (canonical(applyMergePatch(from, patch as Json)) !== canonical(to)) throw new Error(canonical(patch))
  }), { numRuns: 2_000 })
  t.ok(found > 500, `${found} patches`)
  t.end()
})
