import { readEntityTag, type EntityTag } from './entity-tag.js'

/** What If-Match or If-None-Match says: `*`, or one or more entity-tags. */
export type EntityTagList =
  | { readonly kind: 'star' }
  | { readonly kind: 'tags', readonly tags: readonly EntityTag[] }

/** Why a field value is no list of entity-tags. */
export type ListFault = 'empty' | 'syntax' | 'star-among-tags' | 'too-many'

/** The most entity-tags that one list may have. */
export const maxEntityTags = 100

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09
const comma = 0x2c
const star = 0x2a

const skipSpace = (text: string, start: number): number => {
  let at = start
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

/**
 * Parses the value of If-Match or If-None-Match (RFC 9110 sections 13.1.1 and 13.1.2); several field lines are joined with a comma first.
 * Empty elements are skipped (section 5.6.1.2). One pass over the characters, whatever they are.
 */
export const parseEntityTagList = (text: string): EntityTagList | { readonly kind: 'fault', readonly fault: ListFault } => {
  const tags: EntityTag[] = []
  let stars = 0
  let at = skipSpace(text, 0)
  while (at < text.length) {
    if (text.charCodeAt(at) === comma) {
      at = skipSpace(text, at + 1)
      continue
    }
    if (text.charCodeAt(at) === star) {
      stars++
      at++
    } else {
      const read = readEntityTag(text, at)
      if (read === null) return { kind: 'fault', fault: 'syntax' }
      if (tags.push(read.tag) > maxEntityTags) return { kind: 'fault', fault: 'too-many' }
      at = read.end
    }
    at = skipSpace(text, at)
    if (at < text.length && text.charCodeAt(at) !== comma) return { kind: 'fault', fault: 'syntax' }
  }
  if (stars > 0) return stars === 1 && tags.length === 0 ? { kind: 'star' } : { kind: 'fault', fault: 'star-among-tags' }
  return tags.length > 0 ? { kind: 'tags', tags } : { kind: 'fault', fault: 'empty' }
}
