import { Type } from '@sinclair/typebox'
import fc from 'fast-check'
import { defineResource } from '../../src/resources/resource.js'

/** What a model note contains: values that are one each, and a set. */
export interface Content {
  readonly a: number
  readonly b: number
  readonly c: string
  readonly tags: readonly string[]
}

/** The note as a resource of the service, of the same content. */
export const notes = defineResource({
  name: 'notes',
  noun: 'note',
  schema: Type.Object({ a: Type.Integer(), b: Type.Integer(), c: Type.String(), tags: Type.Array(Type.String(), { uniqueItems: true, merge: 'set' }) })
})

export const values: fc.Arbitrary<Content> = fc.record({
  a: fc.integer({ min: 0, max: 3 }),
  b: fc.integer({ min: 0, max: 3 }),
  c: fc.constantFrom('', 'x', 'y'),
  tags: fc.uniqueArray(fc.constantFrom('p', 'q', 'r', 's'), { maxLength: 4 })
})

/** Some fields of a note with new values. */
export const changes: fc.Arbitrary<Partial<Content>> = fc.tuple(values, fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'tags'), { minLength: 1, maxLength: 2 }))
  .map(([value, fields]) => Object.fromEntries(Object.entries(value).filter(([field]) => fields.includes(field as keyof Content))) as Partial<Content>)

/** What a document contains, its order included. */
export const contentOf = ({ a, b, c, tags }: Content): Content => ({ a, b, c, tags })

export const isSame = (one: Content, other: Content): boolean => JSON.stringify(contentOf(one)) === JSON.stringify(contentOf(other))

/** Whether two are the same but for the order of the set: that of a merge is none of what the model promises. */
export const isEqual = (one: Content, other: Content): boolean => isSame({ ...one, tags: [...one.tags].sort() }, { ...other, tags: [...other.tags].sort() })

const mergeTags = (base: readonly string[], theirs: readonly string[], yours: readonly string[]): string[] => [
  ...base.filter((tag) => theirs.includes(tag) && yours.includes(tag)),
  ...[...theirs, ...yours.filter((tag) => !theirs.includes(tag))].filter((tag) => !base.includes(tag))
]

/** Git's rule, value by value; undefined where two values clash. Written for the notes of this model, apart from the service. */
export const merge = (base: Content, theirs: Content, yours: Content): Content | undefined => {
  const pick = <T>(value: (content: Content) => T): { readonly is: T } | undefined => {
    if (value(theirs) === value(base)) return { is: value(yours) }
    return value(yours) === value(base) || value(yours) === value(theirs) ? { is: value(theirs) } : undefined
  }
  const [a, b, c] = [pick((content) => content.a), pick((content) => content.b), pick((content) => content.c)]
  if (a === undefined || b === undefined || c === undefined) return undefined
  return { a: a.is, b: b.is, c: c.is, tags: mergeTags(base.tags, theirs.tags, yours.tags) }
}
