import { createHash } from 'node:crypto'

/**
 * A place in the changes of a database: the hexadecimal `_data` of a resume token, which sorts as the changes came
 * (https://www.mongodb.com/docs/manual/changeStreams/#resume-tokens-from-change-events).
 */
export type Position = string

const digestBytes = 6

const digestOf = (scope: string, position: Buffer): Buffer => createHash('sha256').update(`${scope}\0`).update(position).digest().subarray(0, digestBytes)

/** The `id:` of an event: opaque to clients, and good for events of this scope only, on any process of the service that has this database. */
export const printEventId = (scope: string, position: Position): string => {
  const bytes = Buffer.from(position, 'hex')
  return Buffer.concat([digestOf(scope, bytes), bytes]).toString('base64url')
}

/** The position of an event id; undefined for one that is damaged, or of another scope. */
export const readEventId = (scope: string, id: string): Position | undefined => {
  const bytes = Buffer.from(id, 'base64url')
  const position = bytes.subarray(digestBytes)
  if (position.length === 0 || bytes.toString('base64url') !== id || !digestOf(scope, position).equals(bytes.subarray(0, digestBytes))) return undefined
  return position.toString('hex').toUpperCase()
}

/** The second, since 1970, that a position is in: a resume token begins with a type, and the time in the cluster's clock. */
export const secondOf = (position: Position): number => Number.parseInt(position.slice(2, 10), 16)
