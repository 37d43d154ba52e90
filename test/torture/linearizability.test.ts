import fc from 'fast-check'
import t from 'tap'
import type { Content, Operation, Result, WriteCall } from '../../scripts/torture/history.js'
import { checkLinearizability } from '../../scripts/torture/linearizability.js'
import { deeds, historyOf } from './deeds.js'

const kindOf = (history: readonly Operation[]) => checkLinearizability(history).kind

t.test('what a right service answers is linearizable, however its answers overlap, and whichever get lost', (t) => {
  fc.assert(fc.property(deeds, (deeds) => kindOf(historyOf(deeds).operations) === 'linearizable'), { numRuns: 300 })
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
      const { operations: history } = historyOf(deeds)
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
  const { operations: history } = historyOf([{ ...deed, verb: 'create' }, ...Array.from({ length: 600 }, () => ({ ...deed, verb: 'put' } as const))])
  t.equal(checkLinearizability(history, 0).kind, 'out-of-time')
  t.equal(kindOf(history), 'linearizable')
  t.end()
})
