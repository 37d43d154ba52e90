import { reportOf, VersionConflict, type Clash } from './errors.js'
import type { EditConflict } from './edit.js'
import { member } from './json.js'
import { isObject } from './version-source.js'

/** What stands at a clash in the end: one of the two sides, or another value (`undefined` removes what is there). */
export type Choice = 'theirs' | 'yours' | { readonly value: unknown }

const tokensOf = (pointer: string): string[] => pointer.split('/').slice(1).map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))

/** A copy of `document` with another value at a pointer (RFC 6901); the parts that don't change are shared with it. */
const withValue = (document: unknown, [token, ...rest]: readonly string[], value: unknown): unknown => {
  if (token === undefined) return value
  if (Array.isArray(document)) {
    const index = Number(token)
    const next = withValue(document[index], rest, value)
    return document.toSpliced(index, 1, ...(next === undefined ? [] : [next]))
  }
  const object = isObject(document) ? document : {}
  const next = withValue(member(object, token), rest, value)
  const others = Object.entries(object)
  if (next === undefined) return Object.fromEntries(others.filter(([name]) => name !== token))
  return Object.fromEntries(Object.hasOwn(object, token) ? others.map(([name, old]) => [name, name === token ? next : old]) : [...others, [token, next]])
}

const chosen = (choice: Choice, clash: Clash): unknown => choice === 'theirs' ? clash.theirs : choice === 'yours' ? clash.yours : choice.value

/**
 * The document that settles a conflict: everything that merged, and your choice for each clash, by its pointer. Pure. It has the
 * version that is stored now, so it can be sent with `put` or returned from `onConflict`.
 * @throws TypeError where a clash has no choice, where a choice names no clash, and where the conflict lists no clashes
 */
export const resolve = <T>(conflict: VersionConflict<T> | EditConflict<T>, choices: Readonly<Record<string, Choice>>): T => {
  const { conflicts = [], merged, theirs } = conflict instanceof VersionConflict ? { ...reportOf(conflict), theirs: reportOf(conflict).current } : conflict
  const start = merged ?? theirs
  if (start === undefined || conflicts.length === 0) throw new TypeError('This conflict lists no clashes to choose from: apply the change to the current document instead')
  const stray = Object.keys(choices).find((pointer) => !conflicts.some((clash) => clash.pointer === pointer))
  if (stray !== undefined) throw new TypeError(`There is no clash at ${JSON.stringify(stray)}; there are ${conflicts.map(({ pointer }) => pointer).join(', ')}`)
  return conflicts.reduceRight<unknown>((document, clash) => {
    const choice = Object.hasOwn(choices, clash.pointer) ? choices[clash.pointer] : undefined
    if (choice === undefined) throw new TypeError(`The clash at ${JSON.stringify(clash.pointer)} needs a choice: 'theirs', 'yours' or { value }`)
    return withValue(document, tokensOf(clash.pointer), chosen(choice, clash))
  }, start) as T
}
