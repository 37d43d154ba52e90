/** What a client prefers (RFC 7240), of what this service knows. */
export interface Preferences {
  /** `minimal`: no body in the reply to a write. */
  readonly return?: 'minimal' | 'representation'
}

/**
 * Reads the Prefer header. What isn't known or can't be read is ignored, as RFC 7240 section 2 has it; of a preference that is
 * there twice the first counts.
 */
export const readPrefer = (header: string | string[] | undefined): Preferences => {
  if (header === undefined) return {}
  const text = Array.isArray(header) ? header.join(',') : header
  for (const element of text.split(',')) {
    const [name = '', value = ''] = (element.split(';')[0] ?? '').split('=')
    if (name.trim().toLowerCase() !== 'return') continue
    const wanted = value.trim().replace(/^"(.*)"$/, '$1')
    return wanted === 'minimal' || wanted === 'representation' ? { return: wanted } : {}
  }
  return {}
}
