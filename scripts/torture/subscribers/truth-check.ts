import type { Violation } from '../history.js'
import type { KnownState, KnownVersions } from './known-versions.js'
import type { Subscription, ToldEvent } from './told.js'

const says = (pointers: readonly string[]): string => JSON.stringify([...pointers].sort())
const textOf = ({ change, changed, stamp }: ToldEvent): string => `${change} ${says(changed)} at ${stamp}`

/** What the event of a version must say, as far as its state and the one before are known. */
const expectedOf = (state: KnownState | undefined, before: KnownState | undefined): Partial<Pick<ToldEvent, 'change' | 'changed'>> => {
  if (state === undefined) return {}
  if (state.deleted) return { change: 'deleted', changed: [''] }
  if (before === undefined) return {}
  if (before.deleted) return { change: 'created', changed: [''] }
  const { content } = state
  const { content: base } = before
  return content === undefined || base === undefined ? { change: 'updated' } : { change: 'updated', changed: Object.keys(content).filter((name) => content[name] !== base[name]).map((name) => `/${name}`) }
}

const neverThere: KnownState = { deleted: true }

/** An event says what its version is and changed, as the answers show it. */
const isTrue = (event: ToldEvent, { states }: KnownVersions): Violation[] => {
  const { document, version, change, changed, at } = event
  const expected = expectedOf(states.get(version), version === 1 ? neverThere : states.get(version - 1))
  const isRight = (expected.change ?? change) === change && (expected.changed === undefined || says(expected.changed) === says(changed))
  return isRight ? [] : [{ name: 'event-untrue', document, at, sentence: `version ${version} was told as ${textOf(event)}; by the answers it is ${expected.change ?? change} ${says(expected.changed ?? changed)}` }]
}

/** What was told of is there from then on: no answer to what was asked later shows less, nor makes that version. */
const staysTrue = (events: readonly ToldEvent[], { shown }: KnownVersions): Violation[] => {
  const told = [...events].sort((a, b) => a.at - b.at)
  let highest: ToldEvent | undefined
  let i = 0
  for (const { operation, start, version, made } of [...shown].sort((a, b) => a.start - b.start)) {
    for (let event = told[i]; event !== undefined && event.at < start; event = told[++i]) if (event.version > (highest?.version ?? 0)) highest = event
    const shows = made ? version - 1 : version
    if (highest !== undefined && shows < highest.version) return [{ name: 'event-of-nothing', document: highest.document, at: start, sentence: `version ${highest.version} was told at ${Math.round(highest.at)} ms, and operation ${String(operation)}, begun at ${Math.round(start)} ms, ${made ? 'made' : 'met'} version ${version}` }]
  }
  return []
}

/** Whether the events of all subscribers agree with each other, and with the answers to the clients. Pure. */
export const truthCheck = (subscriptions: readonly Subscription[], known: ReadonlyMap<string, KnownVersions>): Violation[] => {
  const firsts = new Map<string, Map<number, ToldEvent>>()
  const differing: Violation[] = []
  for (const { name, told } of subscriptions) {
    for (const event of told) {
      if (event.kind !== 'event') continue
      const ofDocument = firsts.get(event.document) ?? new Map<number, ToldEvent>()
      firsts.set(event.document, ofDocument)
      const first = ofDocument.get(event.version)
      if (first === undefined || event.at < first.at) ofDocument.set(event.version, event)
      if (first !== undefined && textOf(first) !== textOf(event)) differing.push({ name: 'two-events', document: event.document, at: event.at, sentence: `${name} was told of version ${event.version} as ${textOf(event)}, and another as ${textOf(first)}` })
    }
  }
  return [...differing, ...[...firsts].flatMap(([document, events]) => {
    const versions = known.get(document)
    if (versions === undefined) return []
    return [...[...events.values()].flatMap((event) => isTrue(event, versions)), ...staysTrue([...events.values()], versions)]
  })]
}
