import { errors, type ProblemError } from '../errors.js'

/** Where the document or row is that holds a value. */
export interface ExistingHolder {
  /** URL of its resource. */
  readonly href: string
  /** Its version, if it has one. */
  readonly version?: number
}

export interface Duplicate {
  /** What the resource is called, such as `user`: "A user with this email already exists". */
  readonly noun: string
  /** The fields of the unique index, as the client knows them. */
  readonly fields: readonly string[]
  /** Who holds the values; leave it out where that may not be told, or isn't known. */
  readonly existing?: ExistingHolder | undefined
}

/** 409 for values that another document holds, with `field` (the first), `fields`, and, where given, `existing` and `currentVersion`. */
export const duplicateError = ({ noun, fields, existing }: Duplicate): ProblemError => errors.duplicate({
  detail: `${withArticle(noun)} with this ${fields.length === 0 ? 'value' : enumerate(fields)} already exists`,
  members: {
    ...(fields.length > 0 && { field: fields[0] }),
    fields,
    ...(existing && { existing: { href: existing.href }, ...(existing.version !== undefined && { currentVersion: existing.version }) })
  }
})

/** 409 for a primary key that is taken: whoever came second wanted to create, and didn't. */
export const takenIdError = (noun: string): ProblemError => errors.alreadyExists({ detail: `${withArticle(noun)} with this id already exists` })

/** What is spoken with a consonant first though it is written with a vowel: unit, user, European, one-off, URL. */
const A_ALTHOUGH = /^(?:[Uu]ni(?!n|m)|[Uu]s[aeiu]|[Uu]t[ei]|[Ee]u|[Ee]we|[Oo]ne\b|[Oo]nce\b|[Uu]biq|U[A-Z]|[Uu]\b)/
/** The other way round: hour, heir, SKU, X-ray. */
const AN_ALTHOUGH = /^(?:[Hh]our|[Hh]eir|[Hh]onest|[Hh]onou?r|[FHLMNRSX](?:[A-Z]|\b))/

const withArticle = (noun: string): string =>
  `${AN_ALTHOUGH.test(noun) || (/^[aeiou]/i.test(noun) && !A_ALTHOUGH.test(noun)) ? 'An' : 'A'} ${noun}`

const enumerate = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
