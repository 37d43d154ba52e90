import type { Clash } from './errors.js'
import { member, namesOf, same } from './json.js'
import { isObject } from './version-source.js'

const merge = (pointer: string, base: unknown, theirs: unknown, yours: unknown, conflicts: Clash[]): unknown => {
  if (same(base, yours) || same(theirs, yours)) return theirs
  if (same(base, theirs)) return yours
  if (isObject(base) && isObject(theirs) && isObject(yours)) {
    return Object.fromEntries(namesOf(theirs, yours).flatMap((name) => {
      const value = merge(`${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, member(base, name), member(theirs, name), member(yours, name), conflicts)
      return value === undefined ? [] : [[name, value]]
    }))
  }
  conflicts.push({ pointer, ...(base !== undefined && { base }), ...(theirs !== undefined && { theirs }), ...(yours !== undefined && { yours }) })
  return theirs
}

const without = (document: object, names: readonly string[]): Record<string, unknown> => Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)))

/**
 * Merges two edits of one document, for an API that doesn't do it: objects by member, anything else as one value. `merged` has what
 * theirs has where the sides clash, and in the members that only the API sets. It touches none of its inputs.
 */
export const threeWay = <T extends object>(base: T, theirs: T, yours: T, readOnly: readonly string[]): { readonly merged: T, readonly conflicts: readonly Clash[] } => {
  const conflicts: Clash[] = []
  const [b, t, y] = [base, theirs, yours].map((side) => without(side, readOnly))
  const set = Object.fromEntries(Object.entries(theirs).filter(([name]) => readOnly.includes(name)))
  return { merged: { ...set, ...merge('', b, t, y, conflicts) as object } as T, conflicts }
}
