import t from 'tap'
import type { Injection, Operation } from '../../scripts/torture/history.js'
import { judgedOperations } from '../../scripts/torture/read-promise.js'

const write = (instance: number, start: number, end: number): Operation =>
  ({ id: 0, client: 0, document: 'a', instance, call: { kind: 'write', verb: 'put', condition: { kind: 'any' } }, start, end, result: { kind: 'ok', seen: { kind: 'document', version: 1 } } })
const read = (instance: number, start: number): Operation =>
  ({ id: 1, client: 1, document: 'a', instance, call: { kind: 'read' }, start, end: start + 10, result: { kind: 'ok', seen: { kind: 'missing' } } })
const fault = (name: string, start: number, end: number, detail = ''): Injection => ({ fault: name, start, end, detail })

/** Since when what the last operation shows may have been true, as the check holds it. */
const since = (operations: readonly Operation[], injections: readonly Injection[], readConcern: 'majority' | 'linearizable' = 'majority') =>
  judgedOperations({ readConcern, operations, injections, primaries: [[1_000, 20_000], [22_000, 30_000], [30_500, 90_000]] }).at(-1)?.start

t.test('a majority read may be behind only where the primary changed, and then only as far as before all that changed it', (t) => {
  const asked = [read(0, 50_000)]
  t.equal(since(asked, []), 50_000)
  t.equal(since(asked, [fault('pause-secondary', 49_000, 51_000), fault('clock-jump', 49_000, 51_000)]), 50_000, 'nobody is deposed')
  t.equal(since(asked, [fault('kill-primary', 40_000, 47_000)]), 50_000, 'long over')
  t.equal(since(asked, [fault('kill-primary', 45_000, 48_500)]), 43_000)
  t.equal(since(asked, [fault('step-down', 40_000, 44_000), fault('kill-primary', 45_000, 48_500)]), 38_000, 'one after the other: the new one may not have known yet')
  t.equal(since(asked, [fault('step-down', 40_000, 40_500), fault('kill-primary', 45_000, 48_500)]), 43_000, 'the one before was over')
  t.equal(since(asked, [fault('kill-primary', 45_000, 48_500)], 'linearizable'), 50_000)
  t.equal(since([read(0, 30_900)], []), 28_000, 'the members lost it by themselves')
  t.equal(since([read(0, 23_900)], []), 18_000)
  t.equal(since([read(0, 25_000)], []), 25_000)
  t.equal(since([write(0, 50_000, 50_100)], [fault('kill-primary', 45_000, 48_500)]), 50_000, 'a write never is')
  t.end()
})

t.test('no process goes back behind the answers to its own writes, until it is killed', (t) => {
  const faults = [fault('kill-primary', 45_000, 48_500)]
  t.equal(since([write(0, 46_000, 47_000), read(0, 50_000)], faults), 46_000)
  t.equal(since([write(1, 46_000, 47_000), read(0, 50_000)], faults), 43_000, 'the answer to another process')
  t.equal(since([write(0, 49_000, 50_001), read(0, 50_000)], faults), 43_000, 'an answer that came later')
  t.equal(since([write(0, 40_000, 40_100), read(0, 50_000)], faults), 43_000)
  t.equal(since([write(0, 46_000, 47_000), read(0, 50_000)], [...faults, fault('kill-instance', 48_000, 49_000, 'instance 0')]), 43_000)
  t.equal(since([write(0, 46_000, 47_000), read(0, 50_000)], [...faults, fault('kill-instance', 48_000, 49_000, 'instance 1')]), 46_000)
  t.equal(since([{ ...write(0, 46_000, 47_000), result: { kind: 'unknown' } }, read(0, 50_000)], faults), 43_000, 'no answer')
  t.end()
})
