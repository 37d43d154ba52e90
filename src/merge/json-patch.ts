import { isJsonArray, isJsonObject, jsonEquals, setMember, type Json, type MutableJson } from './json.js'
import { copyJson, measureJson } from './json-copy.js'
import { parseJsonPatch, type JsonPatchOperation, type MalformedJsonPatch } from './json-patch-operation.js'
import { arrayIndex, evaluatePointer } from './json-pointer.js'

/** Bounds what one JSON Patch may do: a few operations of `copy` could else make a document that fills the memory. */
export interface JsonPatchLimits {
  /** Of all the values that operations place or compare, together: about the characters of their JSON text. */
  readonly size: number
  /** Levels of nesting of the patched document. */
  readonly depth: number
}

/**
 * What became of a JSON Patch. `index` is the operation that failed; nothing of the others is applied either.
 * - `ok`: the patched document.
 * - `test`: the value at `pointer` is not the one that a `test` operation names, or there is none.
 * - `path`: `pointer` names nothing in the document as it then is, or no place where a value could be added.
 * - `malformed`: not a JSON Patch, whatever the document.
 * - `too-large`: over a limit.
 */
export type JsonPatchResult =
  | { readonly ok: true, readonly document: Json }
  | { readonly failed: 'test' | 'path', readonly pointer: string, readonly index: number }
  | { readonly failed: 'too-large', readonly index: number }
  | MalformedJsonPatch

/**
 * Applies a JSON Patch (RFC 6902): all of its operations, in order, or none. Neither the document nor the patch is changed, and the
 * result shares nothing with them. The document as a whole can be replaced, but not removed.
 *
 * No library does it: `rfc6902` 5.4 loses members named `__proto__`, takes `constructor` for absent, throws a TypeError on a member of a
 * string, and cannot replace the whole document; `fast-json-patch` 3.1 refuses `__proto__` and replaces inherited names such as
 * `toString` as if they were there; neither bounds what `copy` makes.
 * @param patch the parsed body, of any kind
 */
export function applyJsonPatch (document: Json, patch: Json, limits: JsonPatchLimits): JsonPatchResult {
  const operations = parseJsonPatch(patch)
  if ('failed' in operations) return operations
  const draft = new Draft(document, limits)
  for (const [index, operation] of operations.entries()) {
    const failure = draft.apply(operation)
    if (failure !== undefined) return { ...failure, index }
  }
  return { ok: true, document: draft.document }
}

type Failure = { readonly failed: 'test' | 'path', readonly pointer: string } | { readonly failed: 'too-large' }

/** Moving the elements behind an inserted or removed one costs little, but for an array of many, many times. */
const ELEMENTS_MOVED_PER_UNIT = 32

class Draft {
  #document: MutableJson
  #left: number
  readonly #depth: number

  constructor (document: Json, { size, depth }: JsonPatchLimits) {
    this.#document = copyJson(document)
    this.#left = size
    this.#depth = depth
  }

  get document (): Json {
    return this.#document
  }

  apply (operation: JsonPatchOperation): Failure | undefined {
    const { path } = operation
    switch (operation.op) {
      case 'test': {
        const value = evaluatePointer(this.#document, path.tokens)
        if (value !== undefined && !this.#afford(value)) return tooLarge
        return jsonEquals(value, operation.value) ? undefined : { failed: 'test', pointer: path.pointer }
      }
      case 'add':
      case 'replace': {
        if (!this.#afford(operation.value, path.tokens.length)) return tooLarge
        const value = copyJson(operation.value)
        return this.#outcome(operation.op === 'add' ? this.#add(path.tokens, value) : this.#replace(path.tokens, value), path.pointer)
      }
      case 'remove':
        return this.#outcome(this.#remove(path.tokens), path.pointer)
      case 'move':
      case 'copy': {
        const { from } = operation
        const value = evaluatePointer(this.#document, from.tokens)
        if (value === undefined) return { failed: 'path', pointer: from.pointer }
        if (!this.#afford(value, path.tokens.length)) return tooLarge
        if (operation.op === 'copy') return this.#outcome(this.#add(path.tokens, copyJson(value)), path.pointer)
        if (from.pointer === path.pointer) return undefined
        this.#remove(from.tokens)
        return this.#outcome(this.#add(path.tokens, value), path.pointer)
      }
    }
  }

  #outcome (found: boolean, pointer: string): Failure | undefined {
    if (!found) return { failed: 'path', pointer }
    return this.#left < 0 ? tooLarge : undefined
  }

  /** Whether a value may be looked at, and stand at that depth. */
  #afford (value: Json, depth = 0): boolean {
    const extent = measureJson(value, this.#left)
    this.#left -= extent.size
    return this.#left >= 0 && depth + extent.depth <= this.#depth
  }

  #add (tokens: readonly string[], value: MutableJson): boolean {
    const name = tokens.at(-1)
    if (name === undefined) {
      this.#document = value
      return true
    }
    const parent = evaluatePointer(this.#document, tokens.slice(0, -1))
    if (isJsonArray(parent)) {
      const index = name === '-' ? parent.length : arrayIndex(name)
      if (index === undefined || index > parent.length) return false
      this.#left -= (parent.length - index) / ELEMENTS_MOVED_PER_UNIT
      parent.splice(index, 0, value)
      return true
    }
    if (!isJsonObject(parent)) return false
    setMember(parent, name, value)
    return true
  }

  #replace (tokens: readonly string[], value: MutableJson): boolean {
    const name = tokens.at(-1)
    if (name === undefined) return this.#add(tokens, value)
    const parent = evaluatePointer(this.#document, tokens.slice(0, -1))
    if (isJsonArray(parent)) {
      const index = arrayIndex(name)
      if (index === undefined || index >= parent.length) return false
      parent[index] = value
      return true
    }
    if (!isJsonObject(parent) || !Object.hasOwn(parent, name)) return false
    setMember(parent, name, value)
    return true
  }

  #remove (tokens: readonly string[]): boolean {
    const name = tokens.at(-1)
    const parent = evaluatePointer(this.#document, tokens.slice(0, -1))
    if (name === undefined || parent === undefined) return false
    if (isJsonArray(parent)) {
      const index = arrayIndex(name)
      if (index === undefined || index >= parent.length) return false
      this.#left -= (parent.length - index) / ELEMENTS_MOVED_PER_UNIT
      parent.splice(index, 1)
      return true
    }
    return isJsonObject(parent) && Object.hasOwn(parent, name) && Reflect.deleteProperty(parent, name)
  }
}

const tooLarge = { failed: 'too-large' } as const
