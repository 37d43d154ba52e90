import type { FastifyRequest } from 'fastify'
import { errors } from '../errors.js'
import type { Query } from '../resources/page-query.js'
import type { Resource } from '../resources/resource.js'
import '../sign-in/principal.js'
import { printId } from '../versioned-store/id-form.js'
import type { Subscription } from './subscriber.js'

export type EventQuery = Pick<Subscription, 'fields' | 'presence'>

/** 1 to 64 code points. */
const fits = /^.{1,64}$/u
/** What would let a name look like another one, or like more than a name: control characters, line breaks, and those that turn the direction of text. */
const unfit = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u

const isName = (text: string): boolean => text.isWellFormed() && fits.test(text) && !unfit.test(text) && text === text.trim()

const readFields = (text: string, members: readonly string[]): ReadonlySet<string> => {
  const fields = text.split(',')
  if (!fields.every((field) => members.includes(field))) throw errors.badRequest({ detail: `fields must be some of ${members.join(', ')}, with commas between` })
  return new Set(fields)
}

/** Who has signed in is called by its `sub`, whatever it calls itself. */
const readName = ({ principal }: FastifyRequest, as: string): string => {
  if (principal) return principal.sub
  if (!isName(as)) throw errors.badRequest({ detail: 'as must be a name of 1 to 64 characters, without line breaks, control characters or space around it' })
  return as
}

const readDocument = ({ idForm }: Resource, text: string): string => {
  const id = idForm.parse(text)
  if (id === undefined) throw errors.badRequest({ detail: `in must be ${idForm.description}` })
  return printId(id)
}

/**
 * Reads the query of a stream of events of one document, or of a whole resource:
 * - `fields`, a list of members of a document with commas between;
 * - `as`, a name that those who are in the document are told: that of the stream, or `in`.
 * Throws 400 that says what can't be read, or names an unknown parameter.
 * @param members the members that `fields` may name
 * @param id the document of the stream; undefined for a stream of the resource
 */
export const readEventQuery = (request: FastifyRequest, resource: Resource, members: readonly string[], id: string | undefined): EventQuery => {
  const query = request.query as Query
  const parameters = id === undefined ? ['fields', 'as', 'in'] : ['fields', 'as']
  for (const [name, value] of Object.entries(query)) {
    if (!parameters.includes(name)) throw errors.badRequest({ detail: `There is no parameter ${JSON.stringify(name.slice(0, 100))}; there are ${parameters.join(', ')}` })
    if (typeof value !== 'string') throw errors.badRequest({ detail: `${name} is there more than once${name === 'fields' ? ': put commas between the fields' : ''}` })
  }
  const { fields, as, in: document } = query as Readonly<Record<string, string | undefined>>
  if (id === undefined && (as === undefined) !== (document === undefined)) throw errors.badRequest({ detail: 'as, who you are, and in, the id of the document that you are in, need each other' })
  return {
    fields: fields === undefined ? undefined : readFields(fields, members),
    presence: as === undefined ? undefined : { name: readName(request, as), id: id ?? readDocument(resource, document ?? '') }
  }
}
