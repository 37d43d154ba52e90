import { getMember, isJsonArray, isJsonObject, setMember, type Json, type MutableJson } from './json.js'

/** A copy that shares nothing with the value. As deep as you like: it doesn't recurse. */
export function copyJson (value: Json): MutableJson {
  const copy = emptyLike(value)
  const pending: [Json, MutableJson][] = [[value, copy]]
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [source, target] = pair
    if (isJsonArray(source) && Array.isArray(target)) {
      for (const element of source) {
        const part = emptyLike(element)
        target.push(part)
        if (typeof part === 'object') pending.push([element, part])
      }
    } else if (isJsonObject(source) && isJsonObject(target)) {
      for (const name of Object.keys(source)) {
        const member = getMember(source, name) ?? null
        const part = emptyLike(member)
        setMember(target, name, part)
        if (typeof part === 'object') pending.push([member, part])
      }
    }
  }
  return copy
}

const emptyLike = (value: Json): MutableJson => isJsonArray(value) ? [] : isJsonObject(value) ? {} : value

/** How large a value is. */
export interface JsonExtent {
  /** About the characters of its JSON text: those of strings and names, and a few for each value. */
  readonly size: number
  /** Levels of nesting: 0 for a scalar, 1 for an object or array of scalars. */
  readonly depth: number
}

/** Measures a value, until its size exceeds `most`: what is beyond is not looked at. */
export function measureJson (value: Json, most: number): JsonExtent {
  let size = 0
  let deepest = 0
  const pending: [Json, number][] = [[value, 0]]
  for (let next = pending.pop(); next !== undefined && size <= most; next = pending.pop()) {
    const [part, depth] = next
    size += typeof part === 'string' ? part.length + 3 : 4
    if (isJsonArray(part)) {
      deepest = Math.max(deepest, depth + 1)
      for (const element of part) pending.push([element, depth + 1])
    } else if (isJsonObject(part)) {
      deepest = Math.max(deepest, depth + 1)
      for (const [name, member] of Object.entries(part)) {
        size += name.length + 3
        pending.push([member, depth + 1])
      }
    }
  }
  return { size, depth: deepest }
}
