/** A value of JSON (RFC 8259): what `JSON.parse` gives. Nothing here ever changes one that it was handed. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** An object of JSON. Only own members count, and `__proto__` is a name like any other. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** A value of JSON that whoever made it may still change. */
export type MutableJson = null | boolean | number | string | MutableJson[] | { [name: string]: MutableJson }

/** An object of JSON while it is being made, by `setMember`. */
export type JsonDraft = Record<string, Json>

/** Whether a value is an object: neither null nor an array nor a scalar. Absent (undefined) is none. */
export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isJsonArray(value)

/** Whether a value is an array. */
export const isJsonArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

/** The own member `name` of an object; undefined where it is absent (what is inherited, such as `constructor`, is absent). */
export const getMember = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** Sets a member of an object that is being made. No setter runs: `__proto__` becomes a member, not the prototype. */
export function setMember (draft: JsonDraft, name: string, value: Json): void {
  if (name === '__proto__') {
    Object.defineProperty(draft, name, { value, writable: true, enumerable: true, configurable: true })
  } else {
    draft[name] = value
  }
}

/**
 * Whether two values are the same JSON. The order of members doesn't count, that of elements does; numbers are equal by value
 * (0 and -0 are), and null, false, 0, "", [], {} and absent (undefined) are all different. As deep as you like: it doesn't recurse.
 */
export function jsonEquals (left: Json | undefined, right: Json | undefined): boolean {
  const pairs: [Json | undefined, Json | undefined][] = [[left, right]]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair
    if (a === b) continue
    if (isJsonArray(a) && isJsonArray(b)) {
      if (a.length !== b.length) return false
      a.forEach((element, index) => pairs.push([element, b[index]]))
    } else if (isJsonObject(a) && isJsonObject(b)) {
      const names = Object.keys(a)
      if (names.length !== Object.keys(b).length) return false
      for (const name of names) {
        if (!Object.hasOwn(b, name)) return false
        pairs.push([a[name], b[name]])
      }
    } else {
      return false
    }
  }
  return true
}
