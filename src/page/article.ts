import { printTags, readTags } from './tags.js'

/** An article, as a GET shows it. */
export interface Article {
  readonly id: string
  readonly version: number
  readonly title: string
  readonly body: string
  readonly tags: readonly string[]
  readonly status: 'draft' | 'published' | 'archived'
  readonly createdAt: string
  readonly updatedAt: string
}

/** What a person edits of an article. */
export type Content = Pick<Article, 'title' | 'body' | 'tags'>
export type Field = keyof Content

export const fields: readonly Field[] = ['title', 'body', 'tags']
export const labels: Readonly<Record<Field, string>> = { title: 'Title', body: 'Text', tags: 'Tags' }

/** The transitions that each state allows. */
export const transitions: Readonly<Record<Article['status'], readonly string[]>> = {
  draft: ['publish'],
  published: ['unpublish', 'archive'],
  archived: []
}

export const contentOf = ({ title, body, tags }: Content): Content => ({ title, body, tags })

/** A value as text to edit or compare. Undefined is no value. */
export const textOf = (value: unknown): string => Array.isArray(value) ? printTags(value.map(String)) : typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)

/** What was typed, as the value of a field. */
export const valueOf = (field: Field, text: string): string | readonly string[] =>
  field === 'tags' ? readTags(text) : text

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The fields in which two articles differ. */
export const differing = (a: Content, b: Content): Field[] => fields.filter((field) => !same(a[field], b[field]))
