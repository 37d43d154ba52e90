import { member, namesOf, same } from './json.js'
import { isObject } from './version-source.js'

/** A JSON Merge Patch (RFC 7396) of a document: what changes, with null for what is removed. */
export type MergePatch<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: MergePatch<T[K]> | null } : T

const holdsNull = (value: unknown): boolean => value === null || (isObject(value) && Object.values(value).some(holdsNull))

/**
 * The merge patch that makes one object of another. Undefined where there is none: a member can't be set to null by one (RFC 7396
 * section 1).
 * @param except members of the document that are left as they are
 */
export const mergePatchOf = (from: object, to: object, except: readonly string[] = []): Record<string, unknown> | undefined => {
  const changes: [string, unknown][] = []
  for (const name of namesOf(from, to)) {
    const [before, after] = [member(from, name), member(to, name)]
    if (except.includes(name) || same(before, after)) continue
    const change = after === undefined ? null : isObject(before) && isObject(after) ? mergePatchOf(before, after) : holdsNull(after) ? undefined : after
    if (change === undefined) return undefined
    changes.push([name, change])
  }
  return Object.fromEntries(changes)
}
