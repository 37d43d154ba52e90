import { Type } from '@sinclair/typebox'
import fc from 'fast-check'
import t from 'tap'
import { diff } from '../../src/merge/diff.js'
import { jsonEquals, type Json } from '../../src/merge/json.js'
import { mergeRules } from '../../src/merge/merge-rules.js'
import { threeWayMerge } from '../../src/merge/three-way-merge.js'
import { edited, frozen, json, triplesOf } from './random-documents.js'

const rules = mergeRules(Type.Object({
  tags: Type.Array(Type.String(), { merge: 'set' }),
  text: Type.String({ merge: 'lines' }),
  items: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), notes: Type.String({ merge: 'lines' }) }), { merge: { key: 'id' } })
}))

interface Item { readonly id: string, readonly name: string, readonly notes: string }
type Ruled = { readonly tags: readonly string[], readonly text: string, readonly items: readonly (Item & Readonly<Record<string, Json>>)[] }

const ids = ['p', 'q', 'r', 's', 't', 'u', 'v']
const lines = (side: string) => fc.array(fc.tuple(fc.nat(5), fc.constantFrom('add', 'drop', 'change')), { maxLength: 2 }).map(edits => (text: string) => {
  const made = text.split(/(?<=\n)/).filter(line => line !== '')
  for (const [at, kind] of edits) {
    const line = `${side}${at}\n`
    if (made.includes(line)) continue
    if (kind === 'add') made.splice(at, 0, line)
    else made.splice(at, 1, ...kind === 'change' && at < made.length ? [line] : [])
  }
  return made.join('')
})

const names = (most: number) => fc.uniqueArray(fc.constantFrom(...ids), { maxLength: most })
const item = (id: string, name = '', notes = 'a\nb\nc\nd\ne\n') => ({ id, name, notes })

const base = fc.record({ tags: names(5), ids: names(5) }).map(({ tags, ids }): Ruled => ({ tags, text: 'a\nb\nc\nd\ne\nf\n', items: ids.map(id => item(id)) }))

const moved = <T>(list: readonly T[]) => fc.oneof({ weight: 3, arbitrary: fc.constant([...list]) }, { weight: 1, arbitrary: fc.shuffledSubarray([...list], { minLength: list.length }) })

const kept = <T>(list: readonly T[]) => list.length === 0 ? fc.constant<T[]>([]) : fc.oneof({ weight: 2, arbitrary: fc.constant([...list]) }, { weight: 1, arbitrary: fc.subarray([...list], { minLength: list.length - 1 }) })

const editedNames = (list: readonly string[]) => fc.tuple(kept(list).chain(moved), names(2), fc.nat()).map(([stay, add, at]) => {
  const made = [...stay]
  made.splice(at % (made.length + 1), 0, ...add.filter(name => !list.includes(name)))
  return made
})

const side = (from: Ruled, mark: string) => fc.record({
  tags: editedNames(from.tags),
  text: lines(mark),
  ids: editedNames(from.items.map(({ id }) => id)),
  names: fc.constantFrom('', '', mark, 'same'),
  notes: lines(mark),
  at: fc.nat()
}).map(({ tags, text, ids, names, notes, at }): Ruled => {
  const chosen = ids[at % ids.length]
  const items = ids.map(id => from.items.find(item => item.id === id) ?? item(id))
  return { tags, text: text(from.text), items: items.map(item => item.id === chosen ? { ...item, name: names, notes: notes(item.notes) } : item) }
})

const triple = base.chain(from => fc.record({ base: fc.constant(from), theirs: side(from, 't'), yours: side(from, 'y') }))

/** What a set has after both changes. */
const both = (base: readonly string[], theirs: readonly string[], yours: readonly string[]) => [...new Set([...theirs, ...yours])]
  .filter(name => base.includes(name) ? theirs.includes(name) && yours.includes(name) : true).sort()

/** Whether lines that are all different merged: what either removed is gone, what either added is there, in the order of each side. */
const linesHold = (base: string, theirs: string, yours: string, merged: string) => {
  const [b, t, y, m] = [base, theirs, yours, merged].map(text => text.split('\n').slice(0, -1))
  return b !== undefined && t !== undefined && y !== undefined && m !== undefined &&
    jsonEquals([...m].sort(), both(b, t, y)) &&
    [t, y].every(side => jsonEquals(m.filter(line => side.includes(line)), side.filter(line => m.includes(line))))
}

const textHolds = (base: string, theirs: string, yours: string, merged: string, clashes: boolean) =>
  clashes ? merged === theirs && base !== theirs && base !== yours && theirs !== yours : linesHold(base, theirs, yours, merged)

t.test('sets, texts and keyed arrays hold every change of both sides, or the clash is listed', t => {
  const seen = { text: 0, items: 0, name: 0, notes: 0, whole: 0 }
  fc.assert(fc.property(triple, ({ base, theirs, yours }) => {
    const { merged, conflicts } = threeWayMerge(frozen(base), frozen(theirs), frozen(yours), rules)
    const { tags, text, items } = merged as Ruled
    const clashes = (pointer: string) => conflicts.some(conflict => conflict.pointer === pointer)
    const idsOf = (document: Ruled) => document.items.map(({ id }) => id)
    for (const name of ['text', 'items'] as const) if (clashes(`/${name}`)) seen[name]++
    if (conflicts.length === 0) seen.whole++

    if (!jsonEquals([...tags].sort(), both(base.tags, theirs.tags, yours.tags))) return false
    if (!textHolds(base.text, theirs.text, yours.text, text, clashes('/text'))) return false
    if (clashes('/items')) return jsonEquals(items, theirs.items)
    const expected = both(idsOf(base), idsOf(theirs), idsOf(yours))
    const ids = idsOf(merged as Ruled)
    if (!jsonEquals([...ids].sort(), expected)) return false
    const stays = (list: readonly string[]) => list.filter(id => idsOf(base).includes(id) && expected.includes(id))
    const order = jsonEquals(stays(idsOf(base)), stays(idsOf(yours))) ? stays(idsOf(theirs)) : stays(idsOf(yours))
    if (!jsonEquals(stays(ids), order)) return false
    return items.every((item, index) => {
      const [b, t, y] = [base, theirs, yours].map(({ items }) => items.find(({ id }) => id === item.id))
      if (t === undefined || y === undefined) return jsonEquals(item, t ?? y)
      if (b === undefined) return clashes(`/items/${index}`) ? jsonEquals(item, t) && !jsonEquals(t, y) : jsonEquals(item, t) && jsonEquals(item, y)
      const nameClashes = clashes(`/items/${index}/name`)
      const notesClash = clashes(`/items/${index}/notes`)
      if (nameClashes) seen.name++
      if (notesClash) seen.notes++
      const name = t.name === b.name ? y.name : t.name
      return item.name === name && nameClashes === (b.name !== t.name && b.name !== y.name && t.name !== y.name) &&
        textHolds(b.notes, t.notes, y.notes, item.notes, notesClash)
    })
  }), { numRuns: 2000 })
  for (const [what, count] of Object.entries(seen)) t.ok(count > 0, `${what}: ${count} times`)
  t.end()
})

const swapHolds = (base: Json, theirs: Json, yours: Json) => {
  const straight = threeWayMerge(base, theirs, yours, rules)
  const swapped = threeWayMerge(base, yours, theirs, rules)
  const clash = ({ pointer, base }: { pointer: string, base?: Json }) => [pointer, base]
  return JSON.stringify(straight.conflicts.map(clash)) === JSON.stringify(swapped.conflicts.map(clash)) &&
    straight.conflicts.every(({ theirs, yours }, index) => jsonEquals(theirs, swapped.conflicts[index]?.yours) && jsonEquals(yours, swapped.conflicts[index]?.theirs)) &&
    diff(straight.merged, swapped.merged, rules).every(({ pointer }) =>
      straight.conflicts.some(conflict => pointer === conflict.pointer || pointer.startsWith(`${conflict.pointer}/`)))
}

const alone = (base: Json, side: Json) =>
  [threeWayMerge(base, base, side, rules), threeWayMerge(base, side, base, rules), threeWayMerge(base, side, side, rules)]
    .every(({ merged, conflicts }) => conflicts.length === 0 && jsonEquals(merged, side))

t.test('with rules too: one side alone, and swapped sides', t => {
  fc.assert(fc.property(triple, ({ base, theirs, yours }) => swapHolds(base, theirs, yours) && alone(base, theirs)), { numRuns: 500 })
  t.pass()
  t.end()
})

t.test('and where the values do not fit the rules', t => {
  const shapeless = fc.record({ tags: json, text: json, items: json })
  const mixed = fc.oneof(triplesOf(shapeless), triplesOf(base), triple.chain(({ base, theirs, yours }) => fc.record({
    base: fc.constant<Json>(base), theirs: edited(theirs), yours: edited(yours) })))
  fc.assert(fc.property(mixed, ({ base, theirs, yours }) => {
    frozen(base)
    frozen(theirs)
    frozen(yours)
    return swapHolds(base, theirs, yours) && alone(base, theirs)
  }), { numRuns: 500 })
  t.pass()
  t.end()
})
