import { getMember, isJsonArray, isJsonObject, jsonEquals, type Json } from './json.js'
import { appendToPointer } from './json-pointer.js'
import { keyedElements } from './keyed-elements.js'
import { memberRules, noMergeRules, type KeyedArrayRule, type MergeRules } from './merge-rules.js'

/** One value that differs between two versions. `from` is left out where it was absent before, `to` where it is absent after. */
export interface Change {
  /** Where it is, in both (RFC 6901). */
  readonly pointer: string
  readonly from?: Json
  readonly to?: Json
}

/**
 * What changed between two versions of a document: objects by member, anything else as one value. An array that the rules merge
 * by key is compared element by element, where both versions have the same elements in the same order.
 * @returns the changes, in the order of `from`, then what was added; none where the two are the same JSON
 */
export function diff (from: Json, to: Json, rules: MergeRules = noMergeRules): Change[] {
  const changes: Change[] = []
  compare(from, to, rules, '', changes)
  return changes
}

function compare (from: Json | undefined, to: Json | undefined, rules: MergeRules, pointer: string, changes: Change[]): void {
  if (from === to) return
  if (isJsonObject(from) && isJsonObject(to)) {
    const added = Object.keys(to).filter(name => !Object.hasOwn(from, name))
    for (const name of [...Object.keys(from), ...added]) {
      const [before, after] = [getMember(from, name), getMember(to, name)]
      if (before !== after) compare(before, after, memberRules(rules, name), appendToPointer(pointer, name), changes)
    }
  } else if (isJsonArray(from) && isJsonArray(to) && typeof rules.array === 'object' && sameElements(from, to, rules.array)) {
    for (const [index, element] of from.entries()) {
      compare(element, to[index], rules.array.items, appendToPointer(pointer, index), changes)
    }
  } else if (!jsonEquals(from, to)) {
    changes.push({ pointer, ...from !== undefined && { from }, ...to !== undefined && { to } })
  }
}

function sameElements (from: readonly Json[], to: readonly Json[], { key }: KeyedArrayRule): boolean {
  const before = keyedElements(from, key)
  const after = keyedElements(to, key)
  if (before === undefined || after === undefined || before.size !== after.size) return false
  const keys = [...after.keys()]
  return [...before.keys()].every((elementKey, index) => elementKey === keys[index])
}
