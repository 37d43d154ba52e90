import { getMember, isJsonArray, isJsonObject, jsonEquals, setMember, type Json, type JsonDraft, type JsonObject } from './json.js'
import { appendToPointer } from './json-pointer.js'
import { keyedElements } from './keyed-elements.js'
import { mergeLines } from './merge-lines.js'
import { mergeOrder } from './merge-order.js'
import { memberRules, noMergeRules, type KeyedArrayRule, type MergeRules } from './merge-rules.js'

/** A value that both sides changed, each in another way. A side that does not have the value at all leaves its member out. */
export interface MergeConflict {
  /** Where the value is in `merged` (RFC 6901), or would be. */
  readonly pointer: string
  readonly base?: Json
  readonly theirs?: Json
  readonly yours?: Json
}

export interface MergeResult {
  /** Everything that merged; where the sides clash, what theirs has. */
  readonly merged: Json
  /** In the order of the document; none: the merge is whole. Replacing each in `merged` by one's choice resolves it. */
  readonly conflicts: readonly MergeConflict[]
}

/**
 * Merges two changes of one document (git's rule): a value that one side changed is taken, so is the same change on both sides;
 * two different changes of one value clash. Objects merge by member, and other values as the rules say, where base and both sides
 * have one of the same kind; where they don't, it is one value. Absent is a value like any other: to remove what the other side
 * changed is a clash, and so is to add two different values under one name.
 *
 * Swapping the sides swaps `theirs` and `yours` in each conflict, and what `merged` has there; nothing else.
 * The arguments are not changed; the result may share parts with them. Recurses as deep as the documents nest.
 */
export function threeWayMerge (base: Json, theirs: Json, yours: Json, rules: MergeRules = noMergeRules): MergeResult {
  const conflicts: MergeConflict[] = []
  const merged = mergeValue({ base, theirs, yours }, rules, '', conflicts)
  return { merged: merged === undefined ? theirs : merged, conflicts }
}

interface Sides<T> {
  readonly base: T
  readonly theirs: T
  readonly yours: T
}

/** Undefined stands for absent, in the sides and in what is returned. */
function mergeValue (sides: Sides<Json | undefined>, rules: MergeRules, pointer: string, conflicts: MergeConflict[]): Json | undefined {
  const { base, theirs, yours } = sides
  if (base === theirs) return yours
  if (base === yours) return theirs
  if (isJsonObject(base) && isJsonObject(theirs) && isJsonObject(yours)) {
    return mergeObjects({ base, theirs, yours }, rules, pointer, conflicts)
  }
  if (jsonEquals(base, theirs)) return yours
  if (jsonEquals(base, yours) || jsonEquals(theirs, yours)) return theirs
  const merged = mergeByRule(sides, rules, pointer, conflicts)
  if (merged !== undefined) return merged
  conflicts.push({
    pointer,
    ...base !== undefined && { base },
    ...theirs !== undefined && { theirs },
    ...yours !== undefined && { yours }
  })
  return theirs
}

/** Members stand in the order of base, then what was added, by name: so it is the same whichever side is called theirs. */
function mergeObjects ({ base, theirs, yours }: Sides<JsonObject>, rules: MergeRules, pointer: string, conflicts: MergeConflict[]): Json {
  const added = new Set([...Object.keys(theirs), ...Object.keys(yours)].filter(name => !Object.hasOwn(base, name)).sort())
  const merged: JsonDraft = {}
  for (const name of [...Object.keys(base), ...added]) {
    const members = { base: getMember(base, name), theirs: getMember(theirs, name), yours: getMember(yours, name) }
    const value = members.base === members.theirs ? members.yours : mergeValue(members, memberRules(rules, name), appendToPointer(pointer, name), conflicts)
    if (value !== undefined) setMember(merged, name, value)
  }
  return merged
}

/** Undefined, with no conflict listed, where no rule applies or the rule cannot merge these. */
function mergeByRule ({ base, theirs, yours }: Sides<Json | undefined>, rules: MergeRules, pointer: string, conflicts: MergeConflict[]): Json | undefined {
  if (typeof base === 'string' && typeof theirs === 'string' && typeof yours === 'string') {
    return rules.text === 'lines' ? mergeLines(base, theirs, yours) : undefined
  }
  if (rules.array === undefined || !isJsonArray(base) || !isJsonArray(theirs) || !isJsonArray(yours)) return undefined
  return rules.array === 'set'
    ? mergeSets({ base, theirs, yours })
    : mergeKeyedArrays({ base, theirs, yours }, rules.array, pointer, conflicts)
}

function mergeSets ({ base, theirs, yours }: Sides<readonly Json[]>): Json | undefined {
  if (!base.every(isScalar) || !theirs.every(isScalar) || !yours.every(isScalar)) return undefined
  return mergeOrder([...new Set(base)], [...new Set(theirs)], [...new Set(yours)]).keys
}

const isScalar = (value: Json): value is string | number | boolean | null => !isJsonArray(value) && !isJsonObject(value)

/**
 * Elements merge one by one where each side has every element that the other side changed. Else, and where both sides moved
 * elements in different ways, the whole array clashes: there is no place in it that a pointer to the clash could name.
 */
function mergeKeyedArrays (arrays: Sides<readonly Json[]>, { key, items }: KeyedArrayRule, pointer: string, conflicts: MergeConflict[]): Json | undefined {
  const base = keyedElements(arrays.base, key)
  const theirs = keyedElements(arrays.theirs, key)
  const yours = keyedElements(arrays.yours, key)
  if (base === undefined || theirs === undefined || yours === undefined) return undefined
  for (const [elementKey, element] of base) {
    const kept = theirs.get(elementKey) ?? yours.get(elementKey)
    const removedByOne = theirs.has(elementKey) !== yours.has(elementKey)
    if (removedByOne && !jsonEquals(element, kept)) return undefined
  }
  const order = mergeOrder([...base.keys()], [...theirs.keys()], [...yours.keys()])
  if (order.movesClash) return undefined
  return order.keys.flatMap((elementKey, index) => {
    const elements = { base: base.get(elementKey), theirs: theirs.get(elementKey), yours: yours.get(elementKey) }
    return mergeValue(elements, items, appendToPointer(pointer, index), conflicts) ?? []
  })
}
