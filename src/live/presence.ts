import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { ReaderJudge } from './change-judge.js'
import { presenceText } from './event-text.js'
import type { PresenceLeases } from './presence-leases.js'
import type { Subscriber } from './subscriber.js'

export interface PresenceOptions {
  /** Finds out who may read a document of a collection; all may where there is none. */
  readonly readersOf: (collection: string) => ReaderJudge | undefined
  readonly leases: Pick<PresenceLeases, 'set' | 'elsewhere'>
  /** To be told why it could not be found out. It is tried again, and nobody is told anything until then. */
  readonly onError: (error: unknown) => void
  /** How long one is taken to be there without coming again, in ms; 30 000 unless given. Streams end up to a quarter before, so that not all come again at once. */
  readonly stayMs?: number
  /** How long one may take to come again, in ms; 5 000 unless given. */
  readonly returnMs?: number
}

/** Who is in which document: those who listen to it and have a name. */
export interface Presence {
  /** How many are named, by the streams of this process. */
  readonly size: number
  /** Lets one who has a name be there, and tells it of the others from now on. */
  join(subscriber: Subscriber): void
  leave(subscriber: Subscriber): void
  /** A document is not what it was: others may read it now. */
  changed(collection: string, id: string): void
  /** Who is in documents by other processes may have changed. */
  changedElsewhere(documents: Iterable<string>): void
}

interface Member {
  /** What it was told last. */
  told: string
  /** Whether its stream was ended so that it comes again. */
  lapsed: boolean
  timer: NodeJS.Timeout
}

interface Place {
  readonly document: string
  readonly collection: string
  readonly id: string
  readonly members: Map<Subscriber, Member>
  /** Whether something has happened that nobody was told of. */
  due: boolean
  telling: boolean
}

/** What happens within so many ms is told at once. */
const gatherMs = 50
const retryMs = 1_000

const everybody = (): boolean => true
const nameOf = ({ subscription: { presence } }: Subscriber): string => presence?.name ?? ''
const isDue = ({ due }: Place): boolean => due
const documentOf = ({ subscription: { collection, presence } }: Subscriber): string => `${collection}/${presence?.id ?? ''}`

/**
 * Tells those who are in a document who else is. One who may not read it is alone in it: it is told of nobody, and nobody of it. Streams
 * with the same name are one person. A connection can be dead and not look so: every stream ends after `stayMs`, and who is still there
 * comes again.
 */
export const createPresence = ({ readersOf, leases, onError, stayMs = 30_000, returnMs = 5_000 }: PresenceOptions): Presence => {
  const places = new Map<string, Place>()
  let size = 0

  /** Gives whether all could be told. */
  const tell = ({ document, id, members }: Place, mayRead: (request: FastifyRequest) => boolean): boolean => {
    const readers = new Set([...members.keys()].filter(({ subscription: { request } }) => mayRead(request)))
    const here = new Set([...readers].map(nameOf))
    leases.set(document, [...here].sort())
    const names = [...new Set([...here, ...leases.elsewhere(document)])].sort()
    let all = true
    for (const [subscriber, member] of members) {
      const text = presenceText(id, readers.has(subscriber) ? names.filter((name) => name !== nameOf(subscriber)) : [])
      if (text === member.told || subscriber.ended) continue
      // Only the latest counts: it waits until there is room, and cuts nobody off.
      all &&= subscriber.hasRoom
      if (!subscriber.hasRoom) continue
      subscriber.send(Buffer.from(text))
      member.told = text
    }
    return all
  }

  const tellSoon = async (place: Place, afterMs: number): Promise<void> => {
    await sleep(afterMs, undefined, { ref: false })
    place.due = false
    try {
      const mayRead = await readersOf(place.collection)?.(place.id) ?? everybody
      if (tell(place, mayRead) && !isDue(place)) {
        place.telling = false
        if (place.members.size === 0) places.delete(place.document)
        return
      }
    } catch (error) {
      onError(error)
    }
    void tellSoon(place, isDue(place) ? gatherMs : retryMs)
  }

  const happened = (place: Place): void => {
    place.due = true
    if (place.telling) return
    place.telling = true
    void tellSoon(place, gatherMs)
  }

  const remove = (place: Place, subscriber: Subscriber, { timer, lapsed }: Member): void => {
    clearTimeout(timer)
    if (!lapsed) size--
    place.members.delete(subscriber)
    happened(place)
  }

  return {
    get size () { return size },
    join: (subscriber) => {
      const document = documentOf(subscriber)
      const { collection, presence } = subscriber.subscription
      const place = places.get(document) ?? { document, collection, id: presence?.id ?? '', members: new Map(), due: false, telling: false }
      places.set(document, place)
      const lapse = (): void => {
        member.lapsed = true
        size--
        subscriber.end('come again with the last id, to be seen as here')
        member.timer = setTimeout(() => remove(place, subscriber, member), returnMs).unref()
      }
      const member: Member = { told: '', lapsed: false, timer: setTimeout(lapse, stayMs * (1 - Math.random() / 4)).unref() }
      place.members.set(subscriber, member)
      size++
      happened(place)
    },
    leave: (subscriber) => {
      const place = places.get(documentOf(subscriber))
      const member = place?.members.get(subscriber)
      if (place !== undefined && member?.lapsed === false) remove(place, subscriber, member)
    },
    changed: (collection, id) => {
      const place = places.get(`${collection}/${id}`)
      if (place !== undefined) happened(place)
    },
    changedElsewhere: (documents) => {
      for (const document of documents) {
        const place = places.get(document)
        if (place !== undefined) happened(place)
      }
    }
  }
}
