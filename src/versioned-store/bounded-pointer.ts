const MAX_CHARACTERS = 256

/**
 * A JSON Pointer (RFC 6901) fit for a reply: at most 256 characters, the rest shown as `…`, and well-formed Unicode,
 * since the names in it come from a body that may hold anything.
 */
export const boundedPointer = (pointer: string): string => {
  const short = pointer.length > MAX_CHARACTERS ? `${pointer.slice(0, MAX_CHARACTERS - 1)}…` : pointer
  return Buffer.from(short).toString()
}
