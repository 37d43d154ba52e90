import { isObject } from './version-source.js'

/** Whether two JSON values are the same; the order of an object's members doesn't count. `undefined` is absent. */
export const same = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((element, i) => same(element, b[i]))
  if (!isObject(a) || !isObject(b)) return a === b
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
}

/** A member of an object; undefined where it is absent, also one that every object inherits. */
export const member = (object: object, name: string): unknown => Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined

/** The names of the members of several objects, each once, in the order in which they come. */
export const namesOf = (...objects: readonly object[]): string[] => [...new Set(objects.flatMap((object) => Object.keys(object)))]

/** A copy of a value as it is sent: only what JSON can say, and no part shared with the original. */
export const copyOf = <V>(value: V): V => JSON.parse(JSON.stringify(value)) as V
