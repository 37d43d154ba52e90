import type { StoredChange } from '../versioned-store/stored-change.js'

/** An event of a stream, as text (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream). */
export interface StreamEvent {
  readonly id: string
  readonly event: 'created' | 'updated' | 'deleted' | 'resync'
  readonly data: object
}

/** JSON has no line breaks of its own, so that the data is one line. */
export const eventText = ({ id, event, data }: StreamEvent): Buffer => Buffer.from(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)

/** A change of a document, as clients see it. */
export const changeEvent = (eventId: string, { id, version, kind, changed, at, by }: StoredChange & { readonly id: string }): StreamEvent =>
  ({ id: eventId, event: kind, data: { id, version, kind, changed, at: at.toISOString(), ...(by !== undefined && { by }) } })

/** Tells that changes may have been missed: what is shown has to be read again. */
export const resyncEvent = (eventId: string, reason: string): StreamEvent => ({ id: eventId, event: 'resync', data: { kind: 'resync', reason } })

/** What names of others may take in an event, in bytes. */
const mostNameBytes = 2_048

/**
 * Tells who else is in a document: as many names as fit, and how many more there are. It has no id, since it is no change to resume after:
 * whoever comes again is told anew.
 */
export const presenceText = (id: string, others: readonly string[]): string => {
  let bytes = 0
  const first = others.findIndex((name) => (bytes += Buffer.byteLength(JSON.stringify(name))) > mostNameBytes)
  const named = first === -1 ? others : others.slice(0, first)
  return `event: presence\ndata: ${JSON.stringify({ kind: 'presence', id, others: named, more: others.length - named.length })}\n\n`
}

/** A comment; with an id, from which a client goes on though no event has come. */
export const commentText = (comment: string, id?: string): Buffer => Buffer.from(`: ${comment}\n${id === undefined ? '' : `id: ${id}\n`}\n`)

/** How long a client waits before it comes again, in ms. */
export const retryText = (ms: number): Buffer => Buffer.from(`retry: ${ms}\n\n`)
