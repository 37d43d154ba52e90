import fc from 'fast-check'
import t from 'tap'
import type { Condition, Content, Operation, Result, Seen, WriteCall } from '../../scripts/torture/history.js'
import { checkLinearizability } from '../../scripts/torture/linearizability.js'
import { applied, initialState, type State } from '../../scripts/torture/model.js'

/** What one client does, told so that it makes sense whatever was done before: versions are counted from the stored one. */
interface Deed {
  readonly verb: 'read' | WriteCall['verb']
  readonly condition: 'version' | 'stale' | 'list' | 'any'
  /** How long before its moment it began, and how long after it ended. */
  readonly before: number
  readonly behind: number
  readonly lost: boolean
  readonly merges: boolean
}

const deeds = fc.array(fc.record<Deed>({
  verb: fc.constantFrom('read', 'create', 'put', 'patch', 'put', 'patch', 'delete', 'publish', 'unpublish'),
  condition: fc.constantFrom('version', 'version', 'stale', 'list', 'any'),
  before: fc.double({ min: 0, max: 6, noNaN: true }),
  behind: fc.double({ min: 0, max: 6, noNaN: true }),
  lost: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
  merges: fc.boolean()
}), { minLength: 2, maxLength: 60 })

const seenOf = (state: State): Seen => state.kind === 'missing' ? { kind: 'missing' } : state

const conditionOf = ({ verb, condition }: Deed, { version }: State): Condition => {
  if (verb === 'create') return { kind: 'absent' }
  if (condition === 'any') return { kind: 'any' }
  return { kind: 'versions', versions: condition === 'list' ? [version, version + 1] : condition === 'stale' ? [Math.max(1, version - 1)] : [version] }
}

/** A history as a right service makes it: each deed is done at its own moment, and takes some time around it. */
const historyOf = (deeds: readonly Deed[]): Operation[] => {
  let state: State = initialState
  const contents = new Map<number, Content>()
  return deeds.map((deed, moment): Operation => {
    const { verb, before, behind, lost, merges } = deed
    const times = { id: moment, client: moment % 7, document: 'd', start: moment - before, end: moment + behind }
    if (verb === 'read') return { ...times, call: { kind: 'read' }, result: { kind: 'ok', seen: seenOf(state) } }
    const condition = conditionOf(deed, state)
    const base = merges && verb === 'patch' && condition.kind === 'versions' ? contents.get(condition.versions[0] ?? 0) : undefined
    const mark = `m${moment}`
    const texts = verb === 'create' || verb === 'put' ? { title: mark, body: mark } : verb !== 'patch' ? {} : moment % 2 === 0 ? { title: mark } : { body: mark }
    const call: WriteCall = { kind: 'write', verb, condition, ...texts, ...(base !== undefined && { base }) }
    const next = applied(call, state)
    const result: Result = next === undefined ? { kind: 'refused', seen: seenOf(state) } : { kind: 'ok', seen: seenOf(next) }
    state = next ?? state
    if (state.kind === 'document') contents.set(state.version, state.content)
    return { ...times, call, result: lost ? { kind: 'unknown' } : result }
  })
}

const kindOf = (history: readonly Operation[]) => checkLinearizability(history).kind

t.test('what a right service answers is linearizable, however its answers overlap, and whichever get lost', (t) => {
  fc.assert(fc.property(deeds, (deeds) => kindOf(historyOf(deeds)) === 'linearizable'), { numRuns: 300 })
  t.pass()
  t.end()
})

t.test('an answer that a right service could not have given is found', (t) => {
  const wrongs: Readonly<Record<string, (result: Result) => Result | undefined>> = {
    'a version that nobody has made yet': (result) => result.kind === 'ok' && result.seen.kind !== 'missing' ? { kind: 'ok', seen: { ...result.seen, version: result.seen.version + 100 } } : undefined,
    'a content that nobody wrote': (result) => result.kind === 'ok' && result.seen.kind === 'document' ? { kind: 'ok', seen: { ...result.seen, content: { title: 'nobody\'s', body: '', status: 'draft' } } } : undefined,
    'a success of what was refused': (result) => result.kind === 'refused' ? { kind: 'ok', seen: { kind: 'document', version: 1_000 } } : undefined,
    'a refusal that names a state that never was': (result) => result.kind === 'refused' ? { kind: 'refused', seen: { kind: 'document', version: 1_000 } } : undefined
  }
  for (const [name, wrong] of Object.entries(wrongs)) {
    fc.assert(fc.property(deeds, fc.nat(), (deeds, at) => {
      const history = historyOf(deeds)
      const wrongable = history.flatMap((operation, i) => wrong(operation.result) === undefined ? [] : [i])
      fc.pre(wrongable.length > 0)
      const chosen = wrongable[at % wrongable.length]
      return kindOf(history.map((operation, i) => i === chosen ? { ...operation, result: wrong(operation.result) ?? operation.result } : operation)) === 'not-linearizable'
    }), { numRuns: 60 })
    t.pass(name)
  }
  t.end()
})

const at = (id: number, start: number, end: number, call: Operation['call'], result: Result): Operation => ({ id, client: id, document: 'd', start, end, call, result })
const content = (title: string): Content => ({ title, body: title, status: 'draft' })
const put = (version: number, title: string): WriteCall => ({ kind: 'write', verb: 'put', condition: { kind: 'versions', versions: [version] }, title, body: title })
const creation = at(0, 0, 1, { kind: 'write', verb: 'create', condition: { kind: 'absent' }, title: 'a', body: 'a' }, { kind: 'ok', seen: { kind: 'document', version: 1, content: content('a') } })
const read = (id: number, start: number, end: number, version: number, title: string) => at(id, start, end, { kind: 'read' }, { kind: 'ok', seen: { kind: 'document', version, content: content(title) } })
const done = (version: number, title: string): Result => ({ kind: 'ok', seen: { kind: 'document', version, content: content(title) } })

t.test('histories by hand', (t) => {
  const cases: readonly (readonly [string, readonly Operation[], 'linearizable' | 'not-linearizable'])[] = [
    ['two writers with one version', [creation, at(1, 2, 5, put(1, 'b'), done(2, 'b')), at(2, 2, 5, put(1, 'c'), done(2, 'c'))], 'not-linearizable'],
    ['a read of what was true before, while the write is on its way', [creation, at(1, 2, 5, put(1, 'b'), done(2, 'b')), read(2, 3, 6, 1, 'a')], 'linearizable'],
    ['the same after the write was acknowledged', [creation, at(1, 2, 5, put(1, 'b'), done(2, 'b')), read(2, 6, 7, 1, 'a')], 'not-linearizable'],
    ['back and forth', [creation, at(1, 2, 9, put(1, 'b'), done(2, 'b')), read(2, 3, 4, 2, 'b'), read(3, 5, 6, 1, 'a')], 'not-linearizable'],
    ['a lost answer that was done much later', [creation, at(1, 2, 3, put(1, 'b'), { kind: 'unknown' }), read(2, 4, 5, 1, 'a'), read(3, 6, 7, 2, 'b')], 'linearizable'],
    ['a lost answer that was undone again', [creation, at(1, 2, 3, put(1, 'b'), { kind: 'unknown' }), read(2, 4, 5, 2, 'b'), read(3, 6, 7, 1, 'a')], 'not-linearizable'],
    ['what was not applied, and yet is there', [creation, at(1, 2, 3, put(1, 'b'), { kind: 'not-applied' }), read(2, 4, 5, 2, 'b')], 'not-linearizable'],
    ['a refusal whose version was the stored one', [creation, at(1, 2, 3, put(1, 'b'), { kind: 'refused', seen: { kind: 'document', version: 1 } })], 'not-linearizable']
  ]
  for (const [name, history, kind] of cases) t.equal(kindOf(history), kind, name)
  t.end()
})

t.test('a search that may take no time says so', (t) => {
  const deed = { condition: 'any', before: 0, behind: 0, lost: false, merges: false } as const
  const history = historyOf([{ ...deed, verb: 'create' }, ...Array.from({ length: 600 }, () => ({ ...deed, verb: 'put' } as const))])
  t.equal(checkLinearizability(history, 0).kind, 'out-of-time')
  t.equal(kindOf(history), 'linearizable')
  t.end()
})
