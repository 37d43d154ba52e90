/** An entity-tag as a request names it (RFC 9110 section 8.8.3). */
export interface EntityTag {
  /** Written `W/"..."`. */
  readonly weak: boolean
  /** What stands between the quotes. */
  readonly opaque: string
  /** The version that it names, a safe integer >= 1; null where it is well-formed but no version, and so never matches. */
  readonly version: number | null
}

/** One entity-tag read from a field value, and the index of the first character after it. */
export interface ReadEntityTag {
  readonly tag: EntityTag
  readonly end: number
}

const quote = 0x22
const codings = ['gzip', 'br', 'zstd', 'deflate']

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** `etagc` of RFC 9110 section 8.8.3: `%x21 / %x23-7E / obs-text`. */
const isTagCharacter = (code: number): boolean =>
  code === 0x21 || (code >= 0x23 && code <= 0x7e) || (code >= 0x80 && code <= 0xff)

const isSeparator = (character: string | undefined): boolean => character === '-' || character === ';'

/** Takes off what servers and proxies add to a tag when they compress: one or two of `-` or `;`, then the coding. */
export const withoutCodingSuffix = (opaque: string): string => {
  const coding = codings.find((name) => opaque.endsWith(name))
  if (coding === undefined) return opaque
  const end = opaque.length - coding.length
  if (!isSeparator(opaque[end - 1])) return opaque
  return opaque.slice(0, isSeparator(opaque[end - 2]) ? end - 2 : end - 1)
}

/**
 * The version that the opaque part of a tag names: decimal digits without sign, leading zero or fraction, a safe integer >= 1.
 * `5`, and `5-gzip`, `5;br`, `5--zstd` as compressing servers write it, give 5; anything else gives null.
 */
export const versionOf = (opaque: string): number | null => {
  const digits = withoutCodingSuffix(opaque)
  if (!/^[1-9][0-9]*$/.test(digits)) return null
  const version = Number(digits)
  return Number.isSafeInteger(version) ? version : null
}

const entityTag = (weak: boolean, opaque: string): EntityTag => ({ weak, opaque, version: versionOf(opaque) })

/**
 * Reads the entity-tag that starts at `start`: `"5"`, `W/"5"`, or a bare number, which naive clients send and which reads as quoted.
 * Each character is looked at once. Null where no entity-tag starts there.
 */
export const readEntityTag = (text: string, start: number): ReadEntityTag | null => {
  let at = start
  if (isDigit(text.charCodeAt(at))) {
    while (isDigit(text.charCodeAt(at))) at++
    return { tag: entityTag(false, text.slice(start, at)), end: at }
  }
  const weak = text.startsWith('W/', at)
  if (weak) at += 2
  if (text.charCodeAt(at) !== quote) return null
  const from = ++at
  while (isTagCharacter(text.charCodeAt(at))) at++
  if (text.charCodeAt(at) !== quote) return null
  return { tag: entityTag(weak, text.slice(from, at)), end: at + 1 }
}

/** Prints an entity-tag as a field value: `"5"` or `W/"5"`. */
export const printEntityTag = ({ weak, opaque }: Pick<EntityTag, 'weak' | 'opaque'>): string => `${weak ? 'W/' : ''}"${opaque}"`

/** The strong entity-tag of a version, for `ETag`: 5 gives `"5"`. */
export const printVersion = (version: number): string => `"${version}"`

/** Strong comparison (RFC 9110 section 8.8.3.2) with the strong tag of a stored version, as If-Match wants it: a weak tag never matches. */
export const matchesStrongly = (tag: EntityTag, version: number): boolean => !tag.weak && tag.version === version

/** Weak comparison (RFC 9110 section 8.8.3.2) with the tag of a stored version, as If-None-Match wants it. */
export const matchesWeakly = (tag: EntityTag, version: number): boolean => tag.version === version
