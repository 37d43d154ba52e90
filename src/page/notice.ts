import { AlreadyExists, Gone, Invalid, NoclobberError, NotFound, StateConflict, Unauthorized, VersionConflict } from '../client/index.js'
import { fields, labels } from './article.js'
import type { Person } from './person.js'

/** A sentence about what happened. */
export interface Notice {
  readonly tone: 'good' | 'info' | 'bad'
  readonly text: string
}

const named = (pointer: string): string => {
  const field = fields.find((field) => pointer === `/${field}` || pointer.startsWith(`/${field}/`))
  return field === undefined ? pointer : labels[field]
}

const sentence = (error: unknown, name: string): string => {
  if (error instanceof DOMException && error.name === 'AbortError') {
    return error.message === 'Not decided' ? 'Nothing was saved. Your text is still here.' : 'You stopped waiting, so it is not known whether this was saved. Your text is still here; to save it again does no harm.'
  }
  if (error instanceof Unauthorized) return `${name} must sign in first.`
  if (error instanceof VersionConflict) {
    return error.body.deleted === true ? 'Somebody else deleted this article. Nothing was saved; your text is still here.' : 'Somebody else saved in the meantime, so nothing was done. Look at what is stored now, and try again.'
  }
  if (error instanceof Invalid) return `Nothing was saved. ${(error.body.errors ?? []).map(({ pointer, message }) => `${named(pointer)}: ${message}.`).join(' ')}`
  if (error instanceof StateConflict) return `That can't be done to an article that is ${error.body.currentState ?? 'in this state'}.`
  if (error instanceof AlreadyExists) return 'Somebody else has brought it back already. Your text is still here.'
  if (error instanceof Gone) return 'This article was deleted.'
  if (error instanceof NotFound) return 'There is no such article.'
  if (error instanceof NoclobberError) {
    if (error.outcome === 'unknown') return 'No answer came, so it is not known whether this was saved. Your text is still here; to save it again does no harm.'
    if (error.status === undefined) return 'The service cannot be reached. Your text is still here.'
  }
  return error instanceof Error ? error.message : String(error)
}

/** What an error means to the person who met it, and what is left to do. */
export const explain = (error: unknown, { name }: Pick<Person, 'name'>): Notice => ({ tone: 'bad', text: sentence(error, name) })
