/** What a client prefers (RFC 7240), of what this service knows. */
export interface Preferences {
  /** `minimal`: no body in the reply to a write. */
  readonly return?: 'minimal' | 'representation'
  /** `merge`: where somebody else changed the document since, combine the changes if they don't clash. */
  readonly conflict?: 'merge'
}

/**
 * The elements of a list, and the parameters of an element, may hold the separator within quotes. A quote that nothing closes goes on to
 * the end: it is read once, not again from each quote within it.
 */
const unquotedParts = (text: string, separator: ',' | ';'): string[] =>
  text.match(separator === ',' ? /(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^",])+/g : /(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^";])+/g) ?? []

const readPreference = (element: string): Preferences => {
  const [preference = ''] = unquotedParts(element, ';')
  const [name = '', value = ''] = preference.split('=').map((part) => part.trim())
  const wanted = value.replace(/^"(.*)"$/, '$1')
  if (name.toLowerCase() === 'return' && (wanted === 'minimal' || wanted === 'representation')) return { return: wanted }
  return name.toLowerCase() === 'conflict' && wanted === 'merge' ? { conflict: wanted } : {}
}

/**
 * Reads the Prefer header. What isn't known or can't be read is ignored, as RFC 7240 section 2 has it; of a preference that is
 * there twice the first counts.
 */
export const readPrefer = (header: string | string[] | undefined): Preferences => {
  if (header === undefined) return {}
  return unquotedParts(String(header), ',').map(readPreference).reverse().reduce((all, one) => ({ ...all, ...one }), {})
}
