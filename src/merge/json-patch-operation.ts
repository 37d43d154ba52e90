import { getMember, isJsonArray, isJsonObject, type Json } from './json.js'
import { parsePointer } from './json-pointer.js'

/** A location in a document: the JSON Pointer as it was sent, and its reference tokens. */
export interface Location {
  readonly pointer: string
  readonly tokens: readonly string[]
}

/** One operation of a JSON Patch (RFC 6902 section 4). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test', readonly path: Location, readonly value: Json }
  | { readonly op: 'remove', readonly path: Location }
  | { readonly op: 'move' | 'copy', readonly path: Location, readonly from: Location }

/** What makes a JSON Patch malformed; `index` is that of the operation, absent where the patch is no list of operations. */
export interface MalformedJsonPatch {
  readonly failed: 'malformed'
  readonly index?: number
  readonly message: string
}

/**
 * Reads a JSON Patch document (RFC 6902 section 3). Members that the operation does not define are ignored.
 * @param patch the parsed body, of any kind
 */
export function parseJsonPatch (patch: Json): readonly JsonPatchOperation[] | MalformedJsonPatch {
  if (!isJsonArray(patch)) return { failed: 'malformed', message: 'A JSON Patch is an array of operations' }
  const operations: JsonPatchOperation[] = []
  for (const [index, element] of patch.entries()) {
    const operation = parseOperation(element)
    if (typeof operation === 'string') return { failed: 'malformed', index, message: operation }
    operations.push(operation)
  }
  return operations
}

/** The operation, or a sentence on what is wrong with it. */
function parseOperation (element: Json): JsonPatchOperation | string {
  if (!isJsonObject(element)) return 'An operation is an object'
  const op = getMember(element, 'op')
  const path = parseLocation(getMember(element, 'path'))
  const wrongPath = `The member path of ${JSON.stringify(op)} must be a JSON Pointer`
  switch (op) {
    case 'add':
    case 'replace':
    case 'test': {
      const value = getMember(element, 'value')
      if (path === undefined) return wrongPath
      return value === undefined ? `The operation "${op}" needs the member value` : { op, path, value }
    }
    case 'remove':
      return path === undefined ? wrongPath : { op, path }
    case 'move':
    case 'copy': {
      const from = parseLocation(getMember(element, 'from'))
      if (path === undefined) return wrongPath
      if (from === undefined) return `The member from of "${op}" must be a JSON Pointer`
      if (op === 'move' && path.pointer.startsWith(`${from.pointer}/`)) return 'A value cannot be moved into itself: from is a prefix of path'
      return { op, path, from }
    }
    default:
      return 'The member op must be one of "add", "remove", "replace", "move", "copy", "test"'
  }
}

function parseLocation (pointer: Json | undefined): Location | undefined {
  const tokens = typeof pointer === 'string' ? parsePointer(pointer) : undefined
  return typeof pointer === 'string' && tokens !== undefined ? { pointer, tokens } : undefined
}
