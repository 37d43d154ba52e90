import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { MongoClient } from 'mongodb'
import pLimit from 'p-limit'
import { errors } from '../errors.js'
import { Audience } from './audience.js'
import { catchUp } from './catch-up.js'
import { createChangeFeed } from './change-feed.js'
import type { ChangeJudge, ReaderJudge, Told } from './change-judge.js'
import { isHistoryLost, openChangeStream, type Streamed } from './change-stream.js'
import { printEventId, readEventId, secondOf, type Position } from './event-id.js'
import { changeEvent, commentText, eventText, resyncEvent, retryText } from './event-text.js'
import { createPresence, type PresenceOptions } from './presence.js'
import { createPresenceLeases, type PresenceLease, type PresenceLeasesOptions } from './presence-leases.js'
import { Subscriber, type Subscription } from './subscriber.js'
import { onTokenExpiry } from './token-expiry.js'

export interface LiveEventsOptions {
  readonly mongodbUri: string
  readonly database: string
  /** The collections whose changes are told. */
  readonly collections: readonly string[]
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'info'>
  /** How often each subscriber gets a comment, in ms; 15 000 unless given. */
  readonly heartbeatMs?: number
  /** How many may listen at once; 2 000 unless given. */
  readonly maxSubscribers?: number
  /** What may wait for one subscriber to read it, in bytes; 65 536 unless given. */
  readonly maxBytes?: number
  /** How long the change stream stays open with nobody listening, in ms; 30 000 unless given. */
  readonly idleMs?: number
  /** Who is in which document: how long one is taken to be there, and how many may be at once, so that what processes tell each other stays small; 2 000 unless given. */
  readonly presence?: Pick<PresenceOptions, 'stayMs' | 'returnMs'> & Pick<PresenceLeasesOptions, 'leaseMs' | 'everyMs'> & { readonly maxNamed?: number }
}

/** The changes of a database for those who listen: one change stream for all of them. */
export interface LiveEvents {
  /** How many listen. */
  readonly subscribers: number
  /** How far what is told is behind the present, in ms: the database says at least every second what has changed, or that nothing has. Undefined while the change stream isn't open. */
  readonly lagMs: number | undefined
  /** Sets who may see the changes of a collection, and who may read a document of it; all may unless this is set. */
  judgeBy(collection: string, judge: ChangeJudge, readers: ReaderJudge): void
  /**
   * Lets one listen, from now on or after an event id; `output` is what the subscriber's body is written to. Throws 503 where too
   * many do, the database can't be reached, or the service stops.
   */
  subscribe(subscription: Subscription, output: ServerResponse, lastEventId?: string): Promise<Subscriber>
  /** Ends what each subscriber gets. To be called before the server is closed. */
  endAll(): void
  /** Closes the connections to the database. */
  close(): Promise<void>
}

/** A connection that is silent for `socketTimeoutMS` is a primary that is frozen: the server answers every `waitMs`. */
const clientOptions = { appName: 'noclobber-events', serverSelectionTimeoutMS: 2_000, connectTimeoutMS: 2_000, socketTimeoutMS: 5_000, heartbeatFrequencyMS: 2_000, maxPoolSize: 12 } as const
const waitMs = 1_000
/** Change streams that are open at once for subscribers that come back. */
const catchUps = 8
const catchUpWaitMs = 20
const openMs = 5_000
const retryMs = 1_000
/** How long one who listens may take to read the last of it when the service stops, in ms. */
const stoppingLingerMs = 1_000
/** How far another process may be ahead of this one, in seconds. An id from further ahead is of another database. */
const mostAheadS = 60

const stopping = () => errors.unavailable({ detail: 'The service is stopping' })

export const createLiveEvents = ({ mongodbUri, database, collections, log, heartbeatMs = 15_000, maxSubscribers = 2_000, maxBytes = 65_536, idleMs = 30_000, presence: { maxNamed = 2_000, ...presenceTimes } = {} }: LiveEventsOptions): LiveEvents => {
  const client = new MongoClient(mongodbUri, clientOptions)
  const db = client.db(database)
  const judges = new Map<string, ChangeJudge>()
  const readers = new Map<string, ReaderJudge>()
  const subscribers = new Set<Subscriber>()
  const audience = new Audience()
  const limited = pLimit(catchUps)
  const closing = new AbortController()
  let heartbeat: NodeJS.Timeout | undefined
  let idle: NodeJS.Timeout | undefined

  const leases = createPresenceLeases({
    leases: db.collection<PresenceLease>('presence-leases'),
    onChange: (documents) => presence.changedElsewhere(documents),
    onError: (error) => log.warn({ err: error }, 'who is in a document by other processes could not be exchanged'),
    ...presenceTimes
  })
  const presence = createPresence({
    readersOf: (collection) => readers.get(collection),
    leases,
    onError: (error) => log.warn({ err: error }, 'who may know who is in a document could not be found out'),
    ...presenceTimes
  })

  const idOf = (collection: string, position: Position): string => printEventId(`${database}/${collection}`, position)

  const textOf = ({ collection, position, change }: Streamed): Buffer => {
    const id = idOf(collection, position)
    return eventText(change === undefined ? resyncEvent(id, 'the collection was dropped or renamed') : changeEvent(id, change))
  }

  const isClosing = (): boolean => closing.signal.aborted
  const everybody = (): Told => 'event'
  const judge = async ({ collection, change }: Streamed): Promise<(request: FastifyRequest) => Told> =>
    change === undefined ? everybody : await judges.get(collection)?.(change) ?? everybody

  const unreadable = (subscriber: Subscriber): void => subscriber.end('the database cannot be read just now; come again with the last id')

  /** Tells some of what they asked for: each as much of it as it may see. */
  const tell = (wanting: readonly Subscriber[], streamed: Streamed, toldTo: (request: FastifyRequest) => Told): void => {
    if (wanting.length === 0) return
    const { collection, position } = streamed
    const texts = new Map<Told, Buffer>()
    for (const subscriber of wanting) {
      const told = toldTo(subscriber.subscription.request)
      if (told === 'nothing') continue
      const text = texts.get(told) ?? (told === 'event' ? textOf(streamed) : eventText(resyncEvent(idOf(collection, position), 'a change cannot be told, since the version that it made is no longer kept')))
      texts.set(told, text)
      subscriber.send(text)
    }
  }

  const prepare = async (streamed: Streamed): Promise<() => void> => {
    if (!judges.has(streamed.collection)) return () => tell(audience.of(streamed), streamed, everybody)
    if (streamed.change !== undefined) presence.changed(streamed.collection, streamed.change.id)
    // Who joins just now would need a judgement that nobody has asked for: it comes again.
    if (audience.of(streamed).length === 0) return () => audience.of(streamed).forEach(unreadable)
    try {
      const toldTo = await judge(streamed)
      return () => tell(audience.of(streamed), streamed, toldTo)
    } catch (error) {
      log.warn({ err: error }, 'who may see a change could not be found out')
      return () => audience.of(streamed).forEach(unreadable)
    }
  }

  const join = (subscriber: Subscriber, position: Position): void => {
    subscriber.after = position
    if (!subscriber.ended) audience.add(subscriber)
  }

  const resync = (subscriber: Subscriber, position: Position, reason: string): void => {
    subscriber.send(eventText(resyncEvent(idOf(subscriber.subscription.collection, position), reason)))
  }

  const feed = createChangeFeed({
    connect: () => client.connect(),
    open: (after, onOpen) => openChangeStream(db, collections, { after, waitMs, onOpen }),
    prepare,
    onLost: (position) => {
      for (const subscriber of audience.all()) resync(subscriber, position, 'the database no longer has the changes since the last event')
    },
    onError: (error) => log.warn({ err: error }, 'the change stream has broken, and is opened again')
  })

  const resume = async (subscriber: Subscriber, lastEventId: string, now: () => Position): Promise<void> => {
    const { collection } = subscriber.subscription
    const missed = (reason: string): void => {
      const position = now()
      resync(subscriber, position, reason)
      join(subscriber, position)
    }
    const from = readEventId(`${database}/${collection}`, lastEventId)
    try {
      if (from === undefined || secondOf(from) > secondOf(now()) + mostAheadS) {
        missed('Last-Event-ID is not an id of this stream')
        return
      }
      await catchUp(subscriber, from, {
        open: (after) => openChangeStream(db, collections, { after, waitMs: catchUpWaitMs }),
        handedOut: now,
        tell: async (subscriber, streamed) => tell([subscriber], streamed, await judge(streamed)),
        join
      })
    } catch (error) {
      if (isHistoryLost(error)) missed('the database no longer has the changes since Last-Event-ID')
      else unreadable(subscriber)
    }
  }

  const beat = (): void => {
    const texts = new Map<string, Buffer>()
    const { position } = feed
    const listening = new Set(audience.all())
    const comment = commentText('')
    for (const subscriber of subscribers) {
      const { after, subscription: { collection } } = subscriber
      if (position === undefined || after === undefined || after > position || !listening.has(subscriber)) {
        subscriber.send(comment)
        continue
      }
      const text = texts.get(collection) ?? commentText('', idOf(collection, position))
      texts.set(collection, text)
      subscriber.send(text)
    }
  }

  const enter = (subscriber: Subscriber): void => {
    clearTimeout(idle)
    subscribers.add(subscriber)
    heartbeat ??= setInterval(beat, heartbeatMs).unref()
  }

  const leave = (subscriber: Subscriber): void => {
    subscribers.delete(subscriber)
    audience.delete(subscriber)
    if (subscribers.size > 0) return
    clearInterval(heartbeat)
    heartbeat = undefined
    clearTimeout(idle)
    idle = setTimeout(() => void feed.stop(), idleMs).unref()
  }

  return {
    get subscribers () { return subscribers.size },
    get lagMs () { return feed.position === undefined ? undefined : performance.now() - feed.currentAt },
    judgeBy: (collection, judge, ofReaders) => {
      judges.set(collection, judge)
      readers.set(collection, ofReaders)
    },
    subscribe: async (subscription, output, lastEventId) => {
      if (isClosing()) throw stopping()
      if (subscribers.size >= maxSubscribers) throw errors.unavailable({ detail: `${maxSubscribers} clients listen already, and no more can` })
      if (subscription.presence !== undefined && presence.size >= maxNamed) throw errors.unavailable({ detail: `${maxNamed} clients say already where they are, and no more can` })
      const subscriber = new Subscriber(subscription, output, maxBytes)
      enter(subscriber)
      const forgetExpiry = onTokenExpiry(subscription.request, () => subscriber.end('the sign-in has expired; come again with a new one and the last id'))
      subscriber.body.once('close', () => {
        forgetExpiry()
        leave(subscriber)
        if (subscription.presence !== undefined && !isClosing()) presence.leave(subscriber)
      })
      output.once('close', () => subscriber.body.destroy())
      const begin = await Promise.race([feed.start(), sleep(openMs, undefined, { ref: false })])
      if (begin === undefined || isClosing()) {
        subscriber.body.destroy()
        throw isClosing() ? stopping() : errors.unavailable({ detail: 'The database cannot be reached, or has no primary' })
      }
      const now = () => feed.position ?? begin
      subscriber.send(retryText(retryMs))
      if (lastEventId === undefined) {
        const position = now()
        subscriber.send(commentText('from here on', idOf(subscription.collection, position)))
        join(subscriber, position)
      } else {
        void limited(() => resume(subscriber, lastEventId, now))
      }
      if (subscription.presence !== undefined && !subscriber.ended) presence.join(subscriber)
      return subscriber
    },
    endAll: () => {
      closing.abort()
      for (const subscriber of subscribers) subscriber.end('the service is stopping; come again with the last id', stoppingLingerMs)
    },
    close: async () => {
      closing.abort()
      clearInterval(heartbeat)
      clearTimeout(idle)
      leases.stop()
      await feed.stop()
      await client.close()
    }
  }
}
