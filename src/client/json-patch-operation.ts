/** One operation of a JSON Patch (RFC 6902 section 4); `path` and `from` are JSON Pointers. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test', readonly path: string, readonly value: unknown }
  | { readonly op: 'remove', readonly path: string }
  | { readonly op: 'move' | 'copy', readonly path: string, readonly from: string }
