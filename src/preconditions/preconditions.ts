import { parseEntityTagList, type EntityTagList, type ListFault } from './entity-tag-list.js'
import { parseHttpDate } from './http-date.js'

/** The preconditions of a request (RFC 9110 section 13.1); null where it has none of that kind, or a date that must be ignored. */
export interface Preconditions {
  readonly ifMatch: EntityTagList | null
  readonly ifNoneMatch: EntityTagList | null
  readonly ifModifiedSince: Date | null
  readonly ifUnmodifiedSince: Date | null
}

/** A header that can't be read: the request is malformed (400). */
export interface MalformedHeader {
  readonly kind: 'malformed'
  readonly header: 'If-Match' | 'If-None-Match'
  readonly fault: ListFault
}

/** A request without preconditions. */
export const noPreconditions: Preconditions = { ifMatch: null, ifNoneMatch: null, ifModifiedSince: null, ifUnmodifiedSince: null }

const names = { 8: 'if-match', 13: 'if-none-match', 17: 'if-modified-since', 19: 'if-unmodified-since' } as const
type Name = typeof names[keyof typeof names]

const nameOf = (name: string): Name | null => {
  const { length } = name
  if (length !== 8 && length !== 13 && length !== 17 && length !== 19) return null
  return name.toLowerCase() === names[length] ? names[length] : null
}

/** More than one value is no valid date, and such a field is ignored (RFC 9110 sections 13.1.3 and 13.1.4). */
const readDate = (lines: readonly string[] | undefined, now: number): Date | null =>
  lines?.length === 1 && lines[0] !== undefined ? parseHttpDate(lines[0], now) : null

/**
 * Reads the preconditions of a request.
 * `rawHeaders` alternates names and values as they came, such as Node's `IncomingMessage.rawHeaders`: nothing is joined or dropped there.
 * Lines of If-Match, and of If-None-Match, are one list (RFC 9110 section 5.3). `now` is the current time in ms since the epoch.
 */
export const readPreconditions = (
  rawHeaders: readonly string[], now: number
): { readonly kind: 'read', readonly preconditions: Preconditions } | MalformedHeader => {
  const found = new Map<Name, string[]>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = nameOf(rawHeaders[at] ?? '')
    if (name === null) continue
    const lines = found.get(name) ?? []
    lines.push(rawHeaders[at + 1] ?? '')
    found.set(name, lines)
  }
  if (found.size === 0) return { kind: 'read', preconditions: noPreconditions }

  const list = (name: 'if-match' | 'if-none-match') => {
    const lines = found.get(name)
    return lines === undefined ? null : parseEntityTagList(lines.join(','))
  }
  const ifMatch = list('if-match')
  if (ifMatch?.kind === 'fault') return { kind: 'malformed', header: 'If-Match', fault: ifMatch.fault }
  const ifNoneMatch = list('if-none-match')
  if (ifNoneMatch?.kind === 'fault') return { kind: 'malformed', header: 'If-None-Match', fault: ifNoneMatch.fault }
  return {
    kind: 'read',
    preconditions: {
      ifMatch,
      ifNoneMatch,
      ifModifiedSince: readDate(found.get('if-modified-since'), now),
      ifUnmodifiedSince: readDate(found.get('if-unmodified-since'), now)
    }
  }
}

/** The version that the client edited: the highest that any tag of If-Match names, weak ones included; null where none names one. */
export const yourVersion = ({ ifMatch }: Preconditions): number | null => {
  if (ifMatch?.kind !== 'tags') return null
  return ifMatch.tags.reduce<number | null>((highest, { version }) =>
    version !== null && version > (highest ?? 0) ? version : highest, null)
}
