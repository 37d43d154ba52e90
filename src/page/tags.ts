/*
 * Tags as text to edit: commas between them, as a person types them. One that has a comma itself stands in double quotes, in which a
 * double quote is doubled (RFC 4180 section 2).
 */

const needsQuotes = (tag: string): boolean => tag.includes(',') || tag.startsWith('"') || tag !== tag.trim()

export const printTags = (tags: readonly string[]): string => tags.map((tag) => needsQuotes(tag) ? `"${tag.replaceAll('"', '""')}"` : tag).join(', ')

const oneTag = /\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))(?:,|$)/gu

/** Gives each tag once. A quote that isn't closed is a character like others. */
export const readTags = (text: string): readonly string[] => {
  const tags = [...text.matchAll(oneTag)].map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim())
  return [...new Set(tags.filter((tag) => tag !== ''))]
}
