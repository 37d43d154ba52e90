import t from 'tap'
import { longestGapMs, timeChecks } from '../../scripts/torture/answer-times.js'
import type { Operation, Result, Violation, WriteCall } from '../../scripts/torture/history.js'
import { memoryFlat } from '../../scripts/torture/memory.js'
import { plainChecks } from '../../scripts/torture/plain-checks.js'
import type { RunRecord } from '../../scripts/torture/record.js'

const empty: RunRecord = {
  seconds: 60, seed: 1, readConcern: 'majority', plant: undefined, operations: [], injections: [], lines: [], creations: [], holds: [], subscriptions: [], found: [],
  slow: [], stalls: [], primaries: [], ended: 60_000, endState: { created: {}, ledgers: {}, revisions: {} }, memory: []
}
const put = (version: number, title: string): WriteCall => ({ kind: 'write', verb: 'put', condition: { kind: 'versions', versions: [version] }, title, body: title })
const made = (version: number, title: string): Result => ({ kind: 'ok', seen: { kind: 'document', version, content: { title, body: title, status: 'draft' } } })
const operation = (id: number, call: Operation['call'], result: Result): Operation => ({ id, client: id, document: 'd', call, start: id, end: id + 1, result })
const creation = operation(0, { kind: 'write', verb: 'create', condition: { kind: 'absent' }, title: 'a', body: 'a' }, made(1, 'a'))
const named = (violations: readonly Violation[]) => violations.map(({ name, sentence }) => `${name}: ${sentence}`)

const cases: readonly (readonly [string, Partial<RunRecord>, readonly string[]])[] = [
  ['nothing', {}, []],
  ['two writes with one version', { operations: [creation, operation(1, put(1, 'b'), made(2, 'b')), operation(2, put(1, 'c'), made(2, 'c'))] }, [
    'version-twice: version 2 was acknowledged to client 1 (operation 1) and to client 2 (operation 2)',
    'two-contents: version 2 was shown as ["b","b","draft"] (operation 1) and as ["c","c","draft"] (operation 2)'
  ]],
  ['a success that changed nothing', { operations: [creation, operation(1, put(1, 'a'), made(1, 'a'))] }, []],
  ['a write under * that found there what it sets', { operations: [creation, operation(1, put(1, 'b'), made(2, 'b')), operation(2, { ...put(1, 'b'), condition: { kind: 'any' } }, made(2, 'b'))] }, []],
  ['a transition that was made twice', { operations: [creation, ...[1, 2].map((id) => operation(id, { kind: 'write', verb: 'publish', condition: { kind: 'any' } }, made(2, 'a')))] }, [
    'version-twice: version 2 was acknowledged to client 1 (operation 1) and to client 2 (operation 2)'
  ]],
  ['a refused write that is there', { operations: [creation, operation(1, put(1, 'b'), { kind: 'not-applied' }), operation(2, { kind: 'read' }, made(2, 'b')), operation(3, put(1, 'c'), { kind: 'unknown' })] }, [
    'refused-yet-done: operation 1 of client 1 was not-applied, and version 2 holds what it sent (operation 2)'
  ]],
  ['a version that nobody made', { operations: [creation, operation(1, { kind: 'read' }, made(3, 'x'))] }, ['gap: nobody made the versions 2, 3 of 3: 2 are missing, and only 0 answers were lost']],
  ['a version whose answer was lost', { operations: [creation, operation(1, put(1, 'b'), { kind: 'unknown' }), operation(2, put(2, 'c'), made(3, 'c'))] }, []],
  ['lines of a ledger', {
    lines: [{ document: 'l', line: 'lost', outcome: 'done' }, { document: 'l', line: 'there', outcome: 'done' }, { document: 'l', line: 'refused', outcome: 'not-done' }, { document: 'l', line: 'twice', outcome: 'unknown' }],
    endState: { ...empty.endState, ledgers: { l: 'there\nrefused\ntwice\ntwice\n' } }
  }, ['lost-update: line lost was acknowledged, and is not in the document at the end', 'refused-yet-done: line refused was refused, and is in the document at the end', 'done-twice: line twice is in the document 2 times']],
  ['creations with a key', {
    creations: [{ start: 0, title: 'a', ids: ['1'], outcome: 'done' }, { start: 0, title: 'b', ids: [], outcome: 'unknown' }, { start: 0, title: 'c', ids: ['4'], outcome: 'done' }, { start: 0, title: 'd', ids: [], outcome: 'not-done' }],
    endState: { ...empty.endState, created: { a: ['1'], b: ['2', '3'], d: ['5'] } }
  }, ['key-done-twice: the POST with key b made 2 documents: 2, 3', 'lost-update: the POST with key c was acknowledged, and its document is not there', 'refused-yet-done: the POST with key d was not done, and its document is there']],
  ['a value that two held at once, and one that went from hand to hand', {
    holds: [{ value: 'x', document: '1', from: 5 }, { value: 'x', document: '2', from: 9, until: 12 }, { value: 'y', document: '1', from: 1, until: 3 }, { value: 'y', document: '3', from: 4 }]
  }, ['unique-twice: x was held by 1 and 2 at once']],
  ['revisions', { endState: { ...empty.endState, revisions: { a: { current: 3, versions: [3, 2, 1] }, b: { current: 3, versions: [3, 1] }, c: { current: 30, versions: [30, 29] } } } }, ['revision-missing: its revisions go from 3 to 1', 'revision-missing: it has 2 revisions, and is at version 30']]
]
for (const [name, run, expected] of cases) {
  t.test(name, (t) => {
    t.strictSame(named(plainChecks({ ...empty, ...run })), expected)
    t.end()
  })
}

t.test('answers that came late, but for those that the network to the client took', (t) => {
  const slow = (request: string, start: number, end: number, outcome?: string) => ({ request, instance: 0, start, end, status: 503, outcome })
  const run: RunRecord = {
    ...empty,
    slow: [slow('GET /a', 0, 4_000), slow('GET /b', 0, 3_100), slow('PUT /c', 0, 9_000, 'unknown'), slow('PUT /d', 1_000, 9_000, 'not-applied'), slow('PUT /f', 20_000, 29_000, 'not-applied'), slow('PUT /g', 30_000, 41_000, 'unknown'), slow('GET /e', 50_000, 54_000)],
    injections: [{ fault: 'client-links', start: 52_000, end: 53_000, detail: '' }]
  }
  t.strictSame(named(timeChecks(run)), ['late-answer: GET /a took 4000 ms from 0 and was answered 503 ', 'late-answer: PUT /f took 9000 ms from 20000 and was answered 503 not-applied', 'late-answer: PUT /g took 11000 ms from 30000 and was answered 503 unknown'])
  t.end()
})

t.test('writes that do not come back though there is a primary', (t) => {
  const write = (end: number): Operation => ({ ...creation, start: end - 1, end })
  const run: RunRecord = { ...empty, operations: [write(1_000), write(30_000), write(59_000)], primaries: [[0, 60_000]] }
  t.equal(longestGapMs(run), 29_000)
  t.strictSame(timeChecks(run).map(({ name }) => name), ['no-recovery', 'no-recovery'])
  t.strictSame(timeChecks({ ...run, injections: [{ fault: 'kill-all', start: 2_000, end: 20_000, detail: '' }, { fault: 'kill-all', start: 31_000, end: 50_000, detail: '' }] }), [])
  t.end()
})

t.test('memory', (t) => {
  const used = (...heaps: number[]) => ({ memory: heaps.map((heapUsed) => ({ heapUsed, rss: 100 })) })
  t.strictSame(memoryFlat(used(50, 100, 110, 119)), [])
  t.strictSame(named(memoryFlat(used(50, 100, 110, 121))), ['memory-grows: heapUsed was 100 bytes at the second tenth, and 121 at the last'])
  t.end()
})
