/** The fields of an article of about 1 kB as JSON. */
export interface Article { readonly title: string, readonly body: string, readonly tags: readonly string[] }

const body = 'The quick brown fox jumps over the lazy dog, and again. '.repeat(16)
const tags = ['http', 'etag', 'mongodb']
const before = '{"title":"'
const after = `","body":"${body}","tags":${JSON.stringify(tags)}}`

const titleOf = (edit: number): string => `Article ${String(edit).padStart(10, '0')}`

/** An article that differs from that of any other edit. */
export const article = (edit: number): Article => ({ title: titleOf(edit), body, tags })

/** The same as JSON, in ASCII, so that its length is also that in bytes; it costs next to nothing to make. */
export const articleJson = (edit: number): string => before + titleOf(edit) + after

const longBody = 'The quick brown fox jumps over the lazy dog, and again. '.repeat(1768)

/** The same with about 100 kB. */
export const longArticle = (edit: number): Article => ({ title: titleOf(edit), body: longBody, tags })

const afterLong = `","body":"${longBody}","tags":${JSON.stringify(tags)}}`

export const longArticleJson = (edit: number): string => before + titleOf(edit) + afterLong

/** The JSON of a merge patch that changes one field. */
export const patchJson = (edit: number): string => `${before}${titleOf(edit)}"}`
