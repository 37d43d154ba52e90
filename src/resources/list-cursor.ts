import { printId, type IdForm } from '../versioned-store/id-form.js'
import type { ListPosition } from '../versioned-store/list.js'
import { unreadableCursor } from './page-query.js'

/** The cursor of a position: opaque to clients. */
export const printCursor = ({ createdAt, _id }: ListPosition): string =>
  Buffer.from(JSON.stringify([createdAt.getTime(), printId(_id)])).toString('base64url')

const parseCursor = (cursor: string): unknown[] => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}

/** The position of a cursor. Throws 400 for one that is not just as it was given. */
export const readCursor = (cursor: string, idForm: IdForm): ListPosition => {
  const [time, id] = parseCursor(cursor)
  const _id = typeof id === 'string' ? idForm.parse(id) : undefined
  if (typeof time !== 'number' || _id === undefined || Number.isNaN(new Date(time).getTime())) throw unreadableCursor()
  const position = { createdAt: new Date(time), _id }
  if (printCursor(position) !== cursor) throw unreadableCursor()
  return position
}
