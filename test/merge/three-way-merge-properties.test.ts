import fc from 'fast-check'
import t from 'tap'
import { diff, type Change } from '../../src/merge/diff.js'
import { jsonEquals, type Json } from '../../src/merge/json.js'
import { applyJsonPatch } from '../../src/merge/json-patch.js'
import { threeWayMerge, type MergeConflict } from '../../src/merge/three-way-merge.js'
import { frozen, json, objectOf, triple } from './random-documents.js'

const limits = { size: 1e6, depth: 100 }

/** What `diff` lists, as a JSON Patch: all its pointers are to members of objects, or to the whole. */
const asPatch = (changes: readonly Change[]): Json => changes.map(({ pointer: path, from, to }) => objectOf(
  to === undefined ? [['op', 'remove'], ['path', path]] : [['op', from === undefined ? 'add' : 'replace'], ['path', path], ['value', to]]))

const patched = (document: Json, changes: readonly Change[]): Json => {
  const result = applyJsonPatch(document, asPatch(changes), limits)
  if (!('ok' in result)) throw new Error(JSON.stringify({ result, document, changes }))
  return result.document
}

const overlap = (left: Change, right: Change): boolean =>
  left.pointer === right.pointer || left.pointer.startsWith(`${right.pointer}/`) || right.pointer.startsWith(`${left.pointer}/`)

const sameChange = (left: Change, right: Change): boolean => left.pointer === right.pointer && jsonEquals(left.to, right.to)

const swap = ({ pointer, base, theirs, yours }: MergeConflict): MergeConflict => ({
  pointer,
  ...base !== undefined && { base },
  ...yours !== undefined && { theirs: yours },
  ...theirs !== undefined && { yours: theirs }
})

t.test('what diff lists makes the one version of the other', t => {
  fc.assert(fc.property(triple, ({ base, theirs }) => {
    frozen(base)
    frozen(theirs)
    return jsonEquals(patched(base, diff(base, theirs)), theirs) && (diff(base, theirs).length === 0) === jsonEquals(base, theirs)
  }), { numRuns: 2000 })
  t.pass()
  t.end()
})

t.test('2 000 triples: every change of both sides is in the merge, or its clash is listed, and nothing else is', t => {
  let whole = 0
  let clashing = 0
  fc.assert(fc.property(triple, ({ base, theirs, yours }) => {
    const { merged, conflicts } = threeWayMerge(frozen(base), frozen(theirs), frozen(yours))
    const theirChanges = diff(base, theirs)
    const yourChanges = diff(base, yours)
    const clashes = new Set(theirChanges.flatMap(theirChange => yourChanges
      .filter(yourChange => overlap(theirChange, yourChange) && !sameChange(theirChange, yourChange))
      .map(({ pointer }) => pointer.length < theirChange.pointer.length ? pointer : theirChange.pointer)))
    const untouched = yourChanges.filter(yourChange => !theirChanges.some(theirChange => overlap(theirChange, yourChange)))
    if (conflicts.length > 0) clashing++
    else if (theirChanges.length > 0 && yourChanges.length > 0 && !jsonEquals(theirs, yours)) whole++
    return jsonEquals([...clashes].sort(), conflicts.map(({ pointer }) => pointer).sort()) &&
      jsonEquals(merged, patched(patched(base, theirChanges), untouched))
  }), { numRuns: 2000 })
  t.ok(whole > 100, `${whole} with different changes on both sides merged whole`)
  t.ok(clashing > 100, `${clashing} clashed`)
  t.end()
})

t.test('one side alone', t => {
  fc.assert(fc.property(triple, ({ base, theirs }) => {
    for (const result of [threeWayMerge(base, base, theirs), threeWayMerge(base, theirs, base), threeWayMerge(base, theirs, theirs)]) {
      if (!jsonEquals(result.merged, theirs) || result.conflicts.length > 0) return false
    }
    return true
  }), { numRuns: 2000 })
  fc.assert(fc.property(json, json, (base, theirs) => jsonEquals(threeWayMerge(base, base, theirs).merged, theirs)))
  t.pass()
  t.end()
})

t.test('swapping the sides swaps the clashes, and what is kept there, and nothing else', t => {
  fc.assert(fc.property(triple, ({ base, theirs, yours }) => {
    const straight = threeWayMerge(base, theirs, yours)
    const swapped = threeWayMerge(base, yours, theirs)
    const differing = diff(straight.merged, swapped.merged).map(({ pointer }) => pointer)
    return JSON.stringify(straight.conflicts) === JSON.stringify(swapped.conflicts.map(swap)) &&
      differing.every(pointer => straight.conflicts.some(conflict => pointer === conflict.pointer || pointer.startsWith(`${conflict.pointer}/`)))
  }), { numRuns: 2000 })
  t.pass()
  t.end()
})

t.test('a clash names base and both sides, all different', t => {
  fc.assert(fc.property(triple, triple => threeWayMerge(triple.base, triple.theirs, triple.yours).conflicts.every(({ base, theirs, yours }) =>
    !jsonEquals(base, theirs) && !jsonEquals(base, yours) && !jsonEquals(theirs, yours))), { numRuns: 2000 })
  t.pass()
  t.end()
})
