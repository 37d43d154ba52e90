import { errors } from '../errors.js'
import type { IdForm } from '../versioned-store/id-form.js'
import { printId } from '../versioned-store/id-form.js'
import type { ListPosition } from '../versioned-store/list.js'

export interface ListQuery {
  readonly limit: number
  readonly after: ListPosition | undefined
}

const known = ['limit', 'cursor']
const defaultLimit = 20
const mostDocuments = 100

/** The cursor of a position: opaque to clients. */
export const printCursor = ({ createdAt, _id }: ListPosition): string =>
  Buffer.from(JSON.stringify([createdAt.getTime(), printId(_id)])).toString('base64url')

const parseCursor = (cursor: string, idForm: IdForm): ListPosition | undefined => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const [time, id] = Array.isArray(parsed) ? parsed as unknown[] : []
    const _id = typeof id === 'string' ? idForm.parse(id) : undefined
    if (typeof time !== 'number' || _id === undefined || Number.isNaN(new Date(time).getTime())) return undefined
    const position = { createdAt: new Date(time), _id }
    return printCursor(position) === cursor ? position : undefined
  } catch {
    return undefined
  }
}

/** Reads the query of a list. Throws 400 that names the parameter which is unknown, there twice, or can't be read. */
export const readListQuery = (query: Readonly<Record<string, unknown>>, idForm: IdForm): ListQuery => {
  for (const [name, value] of Object.entries(query)) {
    if (!known.includes(name)) throw errors.badRequest({ detail: `There is no parameter ${JSON.stringify(name.slice(0, 100))}; there are ${known.join(', ')}` })
    if (typeof value !== 'string') throw errors.badRequest({ detail: `${name} is there more than once` })
  }
  const { limit = String(defaultLimit), cursor } = query
  if (typeof limit !== 'string' || !/^[1-9][0-9]{0,2}$/.test(limit) || Number(limit) > mostDocuments) throw errors.badRequest({ detail: `limit must be an integer from 1 to ${mostDocuments}` })
  if (cursor === undefined) return { limit: Number(limit), after: undefined }
  const after = typeof cursor === 'string' ? parseCursor(cursor, idForm) : undefined
  if (after === undefined) throw errors.badRequest({ detail: 'cursor cannot be read: send that of next, or the Link header, as it is' })
  return { limit: Number(limit), after }
}
