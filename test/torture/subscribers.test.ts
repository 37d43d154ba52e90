import fc from 'fast-check'
import t from 'tap'
import type { Operation, Result, WriteCall } from '../../scripts/torture/history.js'
import { judgeSubscribers } from '../../scripts/torture/subscribers/judge-subscribers.js'
import type { Subscription, Told, ToldEvent } from '../../scripts/torture/subscribers/told.js'
import { deeds, historyOf, type Change, type Deed } from './deeds.js'

/** How a subscriber fares: when it begins, and before some events is cut off, to come again with its id or with a damaged one. */
interface Fare {
  readonly begin: number
  readonly lag: number
  readonly cuts: readonly { readonly before: number, readonly damages: boolean, readonly loses: number }[]
}

const fares = fc.record<Fare>({
  begin: fc.integer({ min: -1, max: 20 }),
  lag: fc.double({ min: 0, max: 5, noNaN: true }),
  cuts: fc.array(fc.record({ before: fc.nat(40), damages: fc.boolean(), loses: fc.nat(3) }), { maxLength: 3 })
})

const eventOf = ({ moment, before, state }: Change, lag: number): ToldEvent => {
  const told = { kind: 'event', at: moment + lag, document: 'd', version: state.version, stamp: `${moment}` } as const
  if (state.kind !== 'document') return { ...told, change: 'deleted', changed: [''] }
  if (before.kind !== 'document') return { ...told, change: 'created', changed: [''] }
  const { content } = state
  return { ...told, change: 'updated', changed: (['title', 'body', 'status'] as const).filter((name) => content[name] !== before.content[name]).map((name) => `/${name}`) }
}

/** What a right service tells a subscriber. */
const toldOf = (changes: readonly Change[], { begin, lag, cuts }: Fare): Told[] => {
  const told: Told[] = [{ kind: 'opened', at: begin + 0.5, instance: 0, after: 'nothing' }]
  const due = changes.filter(({ moment }) => moment > begin)
  let lost = 0
  for (const [i, change] of due.entries()) {
    const event = eventOf(change, lag)
    const cut = cuts.find(({ before }) => before === i)
    if (cut !== undefined && lost === 0) {
      told.push({ kind: 'opened', at: told.at(-1)?.at ?? 0, instance: 1, after: cut.damages ? 'damaged-id' : 'last-id' })
      if (cut.damages) {
        const loses = Math.min(cut.loses, due.length - i)
        told.push({ kind: 'resync', at: (due[i + loses - 1]?.moment ?? event.at) + lag, reason: 'damaged' })
        lost = loses
      }
    }
    if (lost > 0) lost--
    else told.push(event)
  }
  return told
}

/** A history that ends with a read, and two who listened: to all, and to the one document. */
const runOf = (deeds: readonly Deed[], all: Fare, one: Fare) => {
  const { operations, changes } = historyOf(deeds)
  const version = changes.at(-1)?.state.version ?? 0
  const last: Operation = { id: operations.length, client: -1, document: 'd', call: { kind: 'read' }, start: 1_000, end: 1_001, result: { kind: 'ok', seen: version === 0 ? { kind: 'missing' } : changes.at(-1)?.state.kind === 'deleted' ? { kind: 'deleted', version } : { kind: 'document', version } } }
  return { operations: [...operations, last], subscriptions: [{ name: 'all', told: toldOf(changes, all) }, { name: 'one', document: 'd', told: toldOf(changes, one) }] }
}

const judged = ({ operations, subscriptions }: { readonly operations: readonly Operation[], readonly subscriptions: readonly Subscription[] }) => judgeSubscribers({ subscriptions, creations: [] }, operations)
const namesOf = (run: Parameters<typeof judged>[0]) => [...new Set(judged(run).violations.map(({ name }) => name))]

t.test('what a right service tells is right, wherever a subscriber begins, is cut off or has to resync', (t) => {
  fc.assert(fc.property(deeds, fares, fares, (deeds, all, one) => {
    const { violations } = judged(runOf(deeds, all, one))
    if (violations[0] !== undefined) throw new Error(violations[0].sentence)
  }), { numRuns: 300 })
  t.pass()
  t.end()
})

/** Places of events that come right after another one, where no resync excuses what is missing. */
const followers = (told: readonly Told[]): number[] => {
  const resync = told.findLastIndex(({ kind }) => kind === 'resync')
  return told.flatMap((one, i) => i > resync && one.kind === 'event' && told[i - 1]?.kind === 'event' ? [i] : [])
}
const without = (told: readonly Told[], at: number): Told[] => told.filter((_, i) => i !== at)
const before = (told: readonly Told[], at: number, ...more: Told[]): Told[] => [...told.slice(0, at), ...more, ...told.slice(at)]

t.test('what a right service would not have told is found, and named', (t) => {
  const wrongs: Readonly<Record<string, readonly [(told: readonly Told[], at: number, event: ToldEvent) => Told[], readonly string[]]>> = {
    'an event that is left out': [(told, at) => without(told, at), ['event-missed', 'events-behind']],
    'one that comes twice': [(told, at, event) => before(told, at, event), ['event-twice']],
    'one that comes before the one before it': [(told, at, event) => before(without(told, at), at - 1, event), ['event-out-of-order']],
    'one that says something else': [(told, at, event) => before(without(told, at), at, { ...event, changed: ['/tags'] }), ['two-events', 'event-untrue']],
    'one of a version that nobody is shown': [(told, at, event) => [...told, { ...event, at: 900, version: 1_000 }], ['event-of-nothing']],
    'a resync though the id was good': [(told, at, { at: time }) => before(told, at, { kind: 'opened', at: time, instance: 0, after: 'last-id' }, { kind: 'resync', at: time, reason: 'too old' }), ['resync-undue']],
    'no resync though the id was damaged': [(told, at, { at: time }) => before(told, at, { kind: 'opened', at: time, instance: 0, after: 'damaged-id' }), ['resync-missing']],
    'an id that was not gone on from': [(told, at, { at: time }) => before(without(told, at), at, { kind: 'opened', at: time, instance: 0, after: 'last-id' }), ['event-missed', 'events-behind']],
    'events that have no id to go on from': [(told, at, { at: time }) => before(without(told, at), at, { kind: 'opened', at: time, instance: 0, after: 'nothing' }), ['event-missed', 'events-behind']]
  }
  for (const [name, [wrong, names]] of Object.entries(wrongs)) {
    fc.assert(fc.property(deeds, fares, fc.nat(), (deeds, fare, choice) => {
      const right = runOf(deeds, fare, { begin: -1, lag: 0, cuts: [] })
      const [all, one] = right.subscriptions
      const places = followers(all?.told ?? [])
      const at = places[choice % places.length]
      const event = at === undefined ? undefined : all?.told[at]
      fc.pre(all !== undefined && one !== undefined && at !== undefined && event?.kind === 'event')
      const found = namesOf({ ...right, subscriptions: [{ ...all, told: wrong(all.told, at, event) }, one] })
      if (!names.some((name) => found.includes(name))) throw new Error(`found ${found.join(', ')}`)
    }), { numRuns: 100 })
    t.pass(name)
  }
  t.end()
})

const made = (id: number, verb: WriteCall['verb'], version: number, title: string): Operation => {
  const call: WriteCall = { kind: 'write', verb, condition: verb === 'create' ? { kind: 'absent' } : { kind: 'versions', versions: [version - 1] }, title, body: 'b' }
  const result: Result = { kind: 'ok', seen: { kind: 'document', version, content: { title, body: 'b', status: 'draft' } } }
  return { id, client: 1, document: 'd', call, start: id * 10, end: id * 10 + 5, result }
}
const operations = [made(1, 'create', 1, 'a'), made(2, 'patch', 2, 'b'), made(3, 'patch', 3, 'c')]
const event = (version: number, more: Partial<ToldEvent> = {}): ToldEvent =>
  ({ kind: 'event', at: version * 10 + 4, document: 'd', version, change: version === 1 ? 'created' : 'updated', changed: version === 1 ? [''] : ['/title'], stamp: `${version}`, ...more })
const opened = (at: number, after: 'nothing' | 'last-id' | 'damaged-id' = 'nothing'): Told => ({ kind: 'opened', at, instance: 0, after })

t.test('by hand', (t) => {
  const cases: readonly (readonly [string, readonly Told[], readonly string[]])[] = [
    ['all of it', [opened(0), event(1), event(2), event(3)], []],
    ['from the middle on', [opened(15), event(2), event(3)], []],
    ['what was begun before one listened may be told or not', [opened(22), event(3)], []],
    ['the first one', [opened(0), event(2), event(3)], ['event-missed: all was told of version 2, and not of version 1']],
    ['the last ones', [opened(0), event(1)], ['events-behind: all was never told of the versions 2 to 3']],
    ['everything', [opened(0)], ['events-behind: all was never told of the versions 1 to 3']],
    ['what an honest resync leaves out', [opened(0), event(1), opened(25, 'damaged-id'), { kind: 'resync', at: 26, reason: 'damaged' }, event(3)], []],
    ['what it does not', [opened(0), event(1), opened(12, 'damaged-id'), { kind: 'resync', at: 13, reason: 'damaged' }, event(3)], ['event-missed: all was told of version 3, and not of version 2']],
    ['a second resync', [opened(0), event(1), opened(15, 'damaged-id'), { kind: 'resync', at: 16, reason: 'damaged' }, { kind: 'resync', at: 17, reason: 'lost' }, event(2), event(3)], ['resync-undue: all was told to resync, though its id was good: lost']],
    ['another value', [opened(0), event(1), event(2, { changed: ['/body'] }), event(3)], ['event-untrue: version 2 was told as updated ["/body"] at 2; by the answers it is updated ["/title"]']],
    ['another kind', [opened(0), event(1), event(2), event(3, { change: 'deleted', changed: [''] })], ['event-untrue: version 3 was told as deleted [""] at 3; by the answers it is updated ["/title"]']],
    ['before the write began', [opened(0), event(1), event(2, { at: 15 }), event(3)], ['event-of-nothing: version 2 was told at 15 ms, and operation 2, begun at 20 ms, made version 2']]
  ]
  for (const [name, told, expected] of cases) {
    const { violations } = judged({ operations, subscriptions: [{ name: 'all', told }] })
    t.strictSame(violations.map(({ name, sentence }) => `${name}: ${sentence}`), expected, name)
  }
  t.end()
})

t.test('a document that was created with a key', (t) => {
  const { violations } = judgeSubscribers({ subscriptions: [{ name: 'all', told: [opened(0)] }], creations: [{ title: 'k', ids: ['x'], outcome: 'done', start: 5 }] }, [])
  t.strictSame(violations, [{ name: 'events-behind', document: 'x', sentence: 'all was never told of version 1' }])
  t.end()
})

t.test('who was told of nothing shows nothing', (t) => {
  const all: Subscription = { name: 'all', told: [opened(0), event(1), opened(15, 'last-id'), event(2), event(3)] }
  const one: Subscription = { name: 'one', document: 'd', told: [opened(12), event(2), event(3)] }
  t.strictSame(judged({ operations, subscriptions: [all, one] }), { violations: [], lazy: [], listening: { subscribers: 2, events: 5, reconnects: 1, resyncs: 0 } })
  t.strictSame(judged({ operations, subscriptions: [] }).lazy, ['nobody listened to the events of all documents', 'no subscriber of one document was told of anything'])
  t.strictSame(judged({ operations: [], subscriptions: [all, { ...all, name: 'other', told: [opened(0)] }, { ...one, told: [opened(0)] }] }).lazy, ['other was told of nothing', 'no subscriber of one document was told of anything'])
  t.end()
})
