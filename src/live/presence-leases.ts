import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Collection } from 'mongodb'

/** Who is in which documents by the streams of one process, for as long as the process says so again and again. */
export interface PresenceLease {
  /** The process. */
  _id: string
  /** When the others forget it, by the clock of the database. */
  until: Date
  /** Another value whenever `here` is another. */
  content: string
  /** The names by document. */
  here: [document: string, names: readonly string[]][]
}

export interface PresenceLeasesOptions {
  readonly leases: Collection<PresenceLease>
  /** To be told of which documents `elsewhere` may have changed. */
  readonly onChange: (documents: ReadonlySet<string>) => void
  /** To be told why leases could not be written or read. They are tried again; until then `elsewhere` is what it was. */
  readonly onError: (error: unknown) => void
  /** How long others believe a process that says nothing, in ms; 5 000 unless given. */
  readonly leaseMs?: number
  /** How often others are asked for, and what is new is said, in ms; 1 000 unless given. */
  readonly everyMs?: number
}

/** Who is in the documents that people of this process are in, by the streams of all processes. */
export interface PresenceLeases {
  /** Sets who is in a document by the streams of this process. */
  set(document: string, names: readonly string[]): void
  /** Who is in a document by the streams of other processes. */
  elsewhere(document: string): readonly string[]
  /** Says nothing more, and takes nothing back: the others forget what was said when the lease ends. */
  stop(): void
}

/** What a process that has died leaves behind is removed some time after nobody believes it any more, in seconds. */
const removedAfterSeconds = 60

/**
 * One small document for each process that has somebody to tell of, written when somebody comes or goes, at most once in `everyMs`, and
 * three times within `leaseMs`. All times are those of the database (`$$NOW`), so that no two clocks are compared.
 */
export const createPresenceLeases = ({ leases, onChange, onError, leaseMs = 5_000, everyMs = 1_000 }: PresenceLeasesOptions): PresenceLeases => {
  const _id = randomUUID()
  const here = new Map<string, readonly string[]>()
  const stopping = new AbortController()
  let others = new Map<string, PresenceLease>()
  let elsewhere = new Map<string, string[]>()
  let content: string | undefined
  let saidAt = -Infinity
  let indexed = false
  let running = false

  const isEmpty = (): boolean => here.size === 0

  const say = async (): Promise<void> => {
    if (content !== undefined && performance.now() - saidAt < leaseMs / 3) return
    const saying = content ?? randomUUID()
    content = saying
    try {
      if (!indexed) await leases.createIndex({ until: 1 }, { name: 'expiry', expireAfterSeconds: removedAfterSeconds }, {})
      indexed = true
      if (isEmpty()) await leases.deleteOne({ _id })
      else await leases.updateOne({ _id }, [{ $set: { until: { $add: ['$$NOW', leaseMs] }, content: saying, here: { $literal: [...here] } } }], { upsert: true })
      saidAt = performance.now()
    } catch (error) {
      content = undefined
      throw error
    }
  }

  /** Reads of another process only whether it is still there, unless who is there has changed. */
  const look = async (): Promise<void> => {
    const known = [...others.values()].map(({ content }) => content)
    const found = await leases.find<Omit<PresenceLease, 'here'> & Partial<PresenceLease>>(
      { _id: { $ne: _id }, $expr: { $gt: ['$until', '$$NOW'] } },
      { projection: { content: 1, here: { $cond: [{ $in: ['$content', { $literal: known }] }, '$$REMOVE', '$here'] } } }
    ).toArray()
    const before = others
    others = new Map(found.map((lease) => [lease._id, { ...lease, here: lease.here ?? before.get(lease._id)?.here ?? [] }]))
    if (others.size === before.size && found.every(({ here }) => here === undefined)) return
    const changed = new Set(elsewhere.keys())
    elsewhere = new Map()
    for (const lease of others.values()) for (const [document, names] of lease.here) elsewhere.set(document, [...elsewhere.get(document) ?? [], ...names])
    onChange(new Set([...changed, ...elsewhere.keys()]))
  }

  const run = async (): Promise<void> => {
    const { signal } = stopping
    do {
      const empty = isEmpty()
      try {
        await say()
        if (empty && isEmpty()) break
        await look()
      } catch (error) {
        if (!signal.aborted) onError(error)
      }
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    } while (!signal.aborted)
    others.clear()
    elsewhere.clear()
    running = false
  }

  return {
    set: (document, names) => {
      if (JSON.stringify(names) === JSON.stringify(here.get(document) ?? [])) return
      if (names.length > 0) here.set(document, names)
      else here.delete(document)
      content = undefined
      if (running || stopping.signal.aborted) return
      running = true
      void run()
    },
    elsewhere: (document) => elsewhere.get(document) ?? [],
    stop: () => stopping.abort()
  }
}
