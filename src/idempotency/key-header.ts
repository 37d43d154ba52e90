/** The longest key, in bytes. */
export const maxKeyBytes = 255

/**
 * Reads an Idempotency-Key (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/): a string of Structured
 * Fields (RFC 9651 section 3.3.3), or its content without the quotes, which reads as the same key. Undefined where it is neither,
 * is empty, or is longer than 255 bytes.
 */
export const readIdempotencyKey = (header: string): string | undefined => {
  const text = header.trim()
  const key = text.startsWith('"') ? unquote(text) : /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/.test(text) ? text : undefined
  return key === undefined || key === '' || Buffer.byteLength(key) > maxKeyBytes ? undefined : key
}

const unquote = (text: string): string | undefined => {
  const [, inner] = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(text) ?? []
  return inner?.replace(/\\(["\\])/g, '$1')
}
