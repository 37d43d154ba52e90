import { getMember, isJsonArray, isJsonObject, type Json, type MutableJson } from './json.js'

/**
 * Reads a JSON Pointer (RFC 6901 section 3).
 * @returns its reference tokens, unescaped: none for the whole document; undefined where the syntax is wrong
 */
export function parsePointer (pointer: string): string[] | undefined {
  if (pointer === '') return []
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined
  return pointer.slice(1).split('/').map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Prints reference tokens (member names, indices of elements) as a JSON Pointer (RFC 6901 section 3). */
export const printPointer = (tokens: readonly (string | number)[]): string =>
  tokens.reduce<string>(appendToPointer, '')

/** The JSON Pointer of a member or element of what `pointer` points at. */
export const appendToPointer = (pointer: string, token: string | number): string =>
  `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The index that a reference token names in an array (RFC 6901 section 4): digits with no leading zero; undefined for others, `-` too. */
export const arrayIndex = (token: string): number | undefined =>
  /^(?:0|[1-9][0-9]*)$/.test(token) ? Number(token) : undefined

/**
 * What a JSON Pointer, as tokens, points at (RFC 6901 section 4).
 * @returns undefined where there is nothing: an absent member, an index out of range, a member of a scalar
 */
export function evaluatePointer (document: MutableJson, tokens: readonly string[]): MutableJson | undefined
export function evaluatePointer (document: Json, tokens: readonly string[]): Json | undefined
export function evaluatePointer (document: Json, tokens: readonly string[]): Json | undefined {
  let value: Json | undefined = document
  for (const token of tokens) {
    if (isJsonArray(value)) {
      const index = arrayIndex(token)
      value = index === undefined ? undefined : value[index]
    } else if (isJsonObject(value)) {
      value = getMember(value, token)
    } else {
      return undefined
    }
  }
  return value
}
