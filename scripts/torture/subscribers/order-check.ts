import type { Violation } from '../history.js'
import { madeAfter, type KnownVersions } from './known-versions.js'
import type { Subscription, ToldEvent } from './told.js'

/** A time for which nothing may be missing: it begins where a subscriber began, or was told to resync. */
interface Stretch {
  readonly begin: number
  readonly events: Map<string, ToldEvent[]>
}

const stretchesOf = ({ told }: Subscription): Stretch[] => {
  const stretches: Stretch[] = []
  for (const one of told) {
    // Who had an event has its id: to begin anew then would leave a gap.
    const begins = one.kind === 'opened' && one.after === 'nothing' && (stretches.at(-1)?.events.size ?? 0) === 0
    if (one.kind === 'resync' || begins) stretches.push({ begin: one.at, events: new Map() })
    if (one.kind !== 'event') continue
    const events = stretches.at(-1)?.events
    const known = events?.get(one.document)
    if (known === undefined) events?.set(one.document, [one])
    else known.push(one)
  }
  return stretches
}

const range = (first: number, last: number): string => first === last ? `version ${first}` : `the versions ${first} to ${last}`

/** The events of a document come in the order of its versions, each once, and none is missing from `due` on. */
const inOrder = (name: string, events: readonly ToldEvent[], due: number): Violation[] => {
  const had = new Set<number>()
  let next = due
  return events.flatMap(({ at, document, version }): Violation[] => {
    const expected = next
    const isFirst = had.size === 0
    const isKnown = had.has(version)
    had.add(version)
    next = isFirst ? version + 1 : Math.max(next, version + 1)
    if (version > expected) return [{ name: 'event-missed', document, at, sentence: `${name} was told of version ${version}, and not of ${range(expected, version - 1)}` }]
    if (isKnown) return [{ name: 'event-twice', document, at, sentence: `${name} was told of version ${version} twice` }]
    return isFirst || version === expected ? [] : [{ name: 'event-out-of-order', document, at, sentence: `${name} was told of version ${version} after version ${expected - 1}` }]
  })
}

const documentsOf = ({ document }: Subscription, known: ReadonlyMap<string, KnownVersions>): string[] => document === undefined ? [...known.keys()] : known.has(document) ? [document] : []

/** What a subscriber has not been told of in the end. */
export const behind = (subscription: Subscription, known: ReadonlyMap<string, KnownVersions>): Violation[] => {
  const stretch = stretchesOf(subscription).at(-1)
  if (stretch === undefined) return []
  const { begin, events } = stretch
  return documentsOf(subscription, known).flatMap((document): Violation[] => {
    const versions = known.get(document)
    if (versions === undefined) return []
    const told = events.get(document)
    const next = told === undefined ? madeAfter(versions, begin) : Math.max(...told.map(({ version }) => version)) + 1
    return next > versions.last ? [] : [{ name: 'events-behind', document, sentence: `${subscription.name} was never told of ${range(next, versions.last)}` }]
  })
}

/** A `resync` comes first where the id can't be used, and nowhere else: no run outlasts what the database keeps. */
const resyncsDue = ({ name, told }: Subscription): Violation[] => told.flatMap((one, i): Violation[] => {
  const before = told[i - 1]
  const isDue = before?.kind === 'opened' && before.after === 'damaged-id'
  if (one.kind === 'resync' && !isDue) return [{ name: 'resync-undue', at: one.at, sentence: `${name} was told to resync, though its id was good: ${one.reason}` }]
  return one.kind === 'event' && isDue ? [{ name: 'resync-missing', at: one.at, sentence: `${name} asked with a damaged id, and was told of version ${one.version} of ${one.document} without a resync` }] : []
})

/** Whether what a subscriber was told is ordered, unique, reliable and honest, against the answers to the clients. Pure. */
export const orderCheck = (subscription: Subscription, known: ReadonlyMap<string, KnownVersions>): Violation[] => [
  ...stretchesOf(subscription).flatMap(({ begin, events }) => [...events].flatMap(([document, told]) => {
    const versions = known.get(document)
    return inOrder(subscription.name, told, versions === undefined ? Infinity : madeAfter(versions, begin))
  })),
  ...behind(subscription, known),
  ...resyncsDue(subscription)
]
