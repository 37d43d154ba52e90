import fc from 'fast-check'
import t from 'tap'
import { printEntityTag } from '../../src/preconditions/entity-tag.js'
import { judgeRead } from '../../src/preconditions/judge-read.js'
import { judgeWrite, unsupportedOnCreate, type WriteJudgement, type WritePolicy, type WriteVerb } from '../../src/preconditions/judge-write.js'
import { readPreconditions, type Preconditions } from '../../src/preconditions/preconditions.js'
import type { ResourceState } from '../../src/preconditions/resource-state.js'
import { writeCondition, type WriteCondition } from '../../src/preconditions/write-condition.js'

type Headers = Readonly<Record<string, string | readonly string[]>>

const updatedAt = new Date('2026-01-01T00:00:00.500Z')
const deletedAt = new Date('2026-02-01T00:00:00Z')
const at = (version: number): ResourceState => ({ kind: 'document', version, updatedAt })
const tombstone: ResourceState = { kind: 'tombstone', version: 6, deletedAt }
const missing: ResourceState = { kind: 'missing' }
const strict: WritePolicy = { ifMatch: 'required', weakIfMatch: 'never-matches' }
const optional: WritePolicy = { ...strict, ifMatch: 'optional' }
const compare: WritePolicy = { ...strict, weakIfMatch: 'compare' }
const sameSecond = 'Thu, 01 Jan 2026 00:00:00 GMT'
const secondBefore = 'Wed, 31 Dec 2025 23:59:59 GMT'

const parse = (headers: Headers): Preconditions => {
  const lines = Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]))
  const read = readPreconditions(lines, Date.now())
  if (read.kind === 'malformed') throw new Error(`${read.header} is malformed: ${read.fault}`)
  return read.preconditions
}

const done: WriteJudgement = { kind: 'proceed' }
const conflict = (version: number, weakTag = false): WriteJudgement => ({ kind: 'version-conflict', version, deletedAt: null, weakTag })
const deleted = (weakTag = false): WriteJudgement => ({ kind: 'version-conflict', version: 6, deletedAt, weakTag })
const gone: WriteJudgement = { kind: 'gone', version: 6, deletedAt }
const notFound: WriteJudgement = { kind: 'not-found' }
const exists: WriteJudgement = { kind: 'already-exists', version: 5 }
const sendIfMatch: WriteJudgement = { kind: 'precondition-required', send: 'If-Match' }
const sendIfNoneMatch: WriteJudgement = { kind: 'precondition-required', send: 'If-None-Match' }
const changes: readonly WriteVerb[] = ['put', 'patch', 'delete']
const all: readonly WriteVerb[] = [...changes, 'transition']

const writes: readonly [string, readonly WriteVerb[], Headers, WritePolicy, ResourceState, WriteJudgement][] = [
  ['the stored version', all, { 'If-Match': '"5"' }, strict, at(5), done],
  ['another version', all, { 'If-Match': '"5"' }, strict, at(6), conflict(6)],
  ['no If-Match', changes, {}, strict, at(5), sendIfMatch],
  ['no If-Match, optional', changes, {}, optional, at(5), done],
  ['no If-Match on a transition', ['transition'], {}, strict, at(5), done],
  ['no precondition, never there', ['put'], {}, strict, missing, sendIfNoneMatch],
  ['no precondition, never there', ['patch', 'delete', 'transition'], {}, strict, missing, notFound],
  ['no precondition, optional, never there', ['put'], {}, optional, missing, sendIfNoneMatch],
  ['*', all, { 'If-Match': '*' }, strict, at(5), done],
  ['*, never there', all, { 'If-Match': '*' }, strict, missing, notFound],
  ['*, deleted', all, { 'If-Match': '*' }, strict, tombstone, gone],
  ['a list that has it', all, { 'If-Match': '"3", "5"' }, strict, at(5), done],
  ['a list that has it not', all, { 'If-Match': '"3", "5"' }, strict, at(4), conflict(4)],
  ['a bare number', all, { 'If-Match': '5' }, strict, at(5), done],
  ['a weak tag', all, { 'If-Match': 'W/"5"' }, strict, at(5), conflict(5, true)],
  ['a weak tag of another version', all, { 'If-Match': 'W/"5"' }, strict, at(6), conflict(6, true)],
  ['a weak tag among strong ones, which names the stored version', all, { 'If-Match': '"3", W/"5"' }, strict, at(5), conflict(5, true)],
  ['a weak tag among strong ones, which names another', all, { 'If-Match': '"3", W/"5"' }, strict, at(4), conflict(4)],
  ['a weak tag, compared', all, { 'If-Match': 'W/"5"' }, compare, at(5), done],
  ['a weak tag of another version, compared', all, { 'If-Match': 'W/"5"' }, compare, at(6), conflict(6)],
  ['the suffix of a compressing server', all, { 'If-Match': '"5-gzip"' }, strict, at(5), done],
  ['another', all, { 'If-Match': '"5;br"' }, strict, at(5), done],
  ['another', all, { 'If-Match': '"5--gzip"' }, strict, at(5), done],
  ['a tag that is no version', all, { 'If-Match': '"x"' }, strict, at(5), conflict(5)],
  ['another', all, { 'If-Match': '"3x"' }, strict, at(3), conflict(3)],
  ['two lines', all, { 'If-Match': ['"3"', '"5"'] }, strict, at(5), done],
  ['never there', all, { 'If-Match': '"5"' }, strict, missing, notFound],
  ['If-None-Match with tags that holds', changes, { 'If-None-Match': '"4"' }, strict, at(5), sendIfMatch],
  ['If-None-Match with tags that does not hold', all, { 'If-None-Match': '"4", W/"5"' }, strict, at(5), exists],
  ['both, and If-None-Match does not hold', all, { 'If-Match': '"5"', 'If-None-Match': '"5-gzip"' }, strict, at(5), exists],
  ['both, and both hold', all, { 'If-Match': '"5"', 'If-None-Match': '"4"' }, strict, at(5), done],
  ['both, and neither holds', all, { 'If-Match': '"4"', 'If-None-Match': '"5"' }, strict, at(5), conflict(5)],
  ['If-None-Match with tags, never there', ['put'], { 'If-None-Match': '"4"' }, strict, missing, sendIfNoneMatch],
  ['If-None-Match with tags, optional', changes, { 'If-None-Match': '"4"' }, optional, at(5), done],
  ['If-Unmodified-Since that does not hold', all, { 'If-Unmodified-Since': secondBefore }, strict, at(5), conflict(5)],
  ['If-Unmodified-Since that holds', changes, { 'If-Unmodified-Since': sameSecond }, strict, at(5), sendIfMatch],
  ['If-Unmodified-Since that holds', ['transition'], { 'If-Unmodified-Since': sameSecond }, strict, at(5), done],
  ['If-Unmodified-Since that holds, optional', changes, { 'If-Unmodified-Since': sameSecond }, optional, at(5), done],
  ['If-Unmodified-Since beside If-Match is ignored', all, { 'If-Match': '"5"', 'If-Unmodified-Since': secondBefore }, strict, at(5), done],
  ['If-Unmodified-Since beside * is ignored', all, { 'If-Match': '*', 'If-Unmodified-Since': secondBefore }, strict, at(5), done],
  ['If-Unmodified-Since where no date is kept is ignored', all, { 'If-Unmodified-Since': secondBefore }, optional, { kind: 'document', version: 5, updatedAt: null }, done],
  ['If-Modified-Since on a write is ignored', all, { 'If-Match': '"5"', 'If-Modified-Since': sameSecond }, strict, at(5), done],
  ['create only, never there', ['put'], { 'If-None-Match': '*' }, strict, missing, done],
  ['create only, deleted', ['put'], { 'If-None-Match': '*' }, strict, tombstone, done],
  ['create only, exists', ['put'], { 'If-None-Match': '*' }, strict, at(5), exists],
  ['If-None-Match: * where nothing can be created', ['patch', 'delete', 'transition'], { 'If-None-Match': '*' }, strict, missing, notFound],
  ['the same, deleted', ['patch', 'delete', 'transition'], { 'If-None-Match': '*' }, strict, tombstone, gone],
  ['the same, exists', ['patch', 'delete', 'transition'], { 'If-None-Match': '*' }, strict, at(5), exists],
  ['If-Match beside If-None-Match: *, never there', all, { 'If-Match': '"5"', 'If-None-Match': '*' }, strict, missing, notFound],
  ['the same, deleted', all, { 'If-Match': '"5"', 'If-None-Match': '*' }, strict, tombstone, deleted()],
  ['the same, exists', all, { 'If-Match': '"5"', 'If-None-Match': '*' }, strict, at(5), exists],
  ['deleted, no If-Match', all, {}, strict, tombstone, gone],
  ['deleted, the version before', all, { 'If-Match': '"5"' }, strict, tombstone, deleted()],
  ['deleted, the tombstone\'s own tag', all, { 'If-Match': '"6"' }, strict, tombstone, deleted()],
  ['deleted, a weak tag', all, { 'If-Match': 'W/"6"' }, strict, tombstone, deleted(true)]
]

const stands = (condition: WriteCondition, state: ResourceState): boolean => {
  switch (condition.kind) {
    case 'never': return false
    case 'absent': return state.kind !== 'document'
    case 'any': return state.kind === 'document' && (condition.holds?.(state) ?? true)
    case 'one-of': return state.kind === 'document' && condition.versions.includes(state.version)
  }
}

t.test('writes', (t) => {
  for (const [name, verbs, headers, policy, state, judgement] of writes) {
    for (const verb of verbs) {
      const preconditions = parse(headers)
      t.strictSame(judgeWrite(verb, preconditions, policy, state), judgement, `${name}: ${verb} ${JSON.stringify(headers)} on ${state.kind}`)
      t.equal(stands(writeCondition(verb, preconditions, policy), state), judgement.kind === 'proceed', `${name}: ${verb}, in the write itself`)
    }
  }
  t.end()
})

t.test('reads', (t) => {
  const reads: readonly [Headers, ResourceState, ReturnType<typeof judgeRead>][] = [
    [{}, at(5), { kind: 'proceed' }],
    [{ 'If-Match': '"5"' }, at(5), { kind: 'proceed' }],
    [{ 'If-Match': '*' }, at(5), { kind: 'proceed' }],
    [{ 'If-Match': '"5"' }, at(6), { kind: 'failed', header: 'If-Match', version: 6 }],
    [{ 'If-Match': 'W/"5"' }, at(5), { kind: 'failed', header: 'If-Match', version: 5 }],
    [{ 'If-Match': '"4"', 'If-None-Match': '"5"' }, at(5), { kind: 'failed', header: 'If-Match', version: 5 }],
    [{ 'If-Unmodified-Since': secondBefore }, at(5), { kind: 'failed', header: 'If-Unmodified-Since', version: 5 }],
    [{ 'If-Unmodified-Since': sameSecond }, at(5), { kind: 'proceed' }],
    [{ 'If-Match': '"5"', 'If-Unmodified-Since': secondBefore }, at(5), { kind: 'proceed' }],
    [{ 'If-Match': '*', 'If-Unmodified-Since': secondBefore }, at(5), { kind: 'proceed' }],
    [{ 'If-None-Match': '"5"' }, at(5), { kind: 'not-modified' }],
    [{ 'If-None-Match': 'W/"5"' }, at(5), { kind: 'not-modified' }],
    [{ 'If-None-Match': '"3", W/"5-gzip"' }, at(5), { kind: 'not-modified' }],
    [{ 'If-None-Match': '*' }, at(5), { kind: 'not-modified' }],
    [{ 'If-None-Match': '"4"' }, at(5), { kind: 'proceed' }],
    [{ 'If-None-Match': '"4"', 'If-Modified-Since': sameSecond }, at(5), { kind: 'proceed' }],
    [{ 'If-Modified-Since': sameSecond }, at(5), { kind: 'not-modified' }],
    [{ 'If-Modified-Since': secondBefore }, at(5), { kind: 'proceed' }],
    [{ 'If-Match': '"5"', 'If-None-Match': '"5"' }, at(5), { kind: 'not-modified' }],
    [{ 'If-Modified-Since': sameSecond, 'If-Unmodified-Since': sameSecond }, { kind: 'document', version: 5, updatedAt: null }, { kind: 'proceed' }],
    [{ 'If-Match': '"5"', 'If-None-Match': '*' }, missing, { kind: 'not-found' }],
    [{ 'If-Match': '"5"', 'If-None-Match': '"6"' }, tombstone, { kind: 'gone', version: 6, deletedAt }]
  ]
  for (const [headers, state, judgement] of reads) t.strictSame(judgeRead(parse(headers), state), judgement, `${JSON.stringify(headers)} on ${state.kind}`)
  t.end()
})

t.test('If-Match on what creates', (t) => {
  t.equal(unsupportedOnCreate(parse({ 'If-Match': '"5"' })), 'If-Match')
  t.equal(unsupportedOnCreate(parse({ 'If-Match': '*' })), 'If-Match')
  t.equal(unsupportedOnCreate(parse({ 'If-None-Match': '*' })), null)
  t.end()
})

t.test('the shapes of a condition', (t) => {
  const condition = (verb: WriteVerb, headers: Headers, policy = strict) => {
    const { holds, ...shape } = { holds: undefined, ...writeCondition(verb, parse(headers), policy) }
    return { ...shape, holds: holds !== undefined }
  }
  const any = { kind: 'any', except: [], unmodifiedSince: null, holds: false }
  t.strictSame(condition('put', { 'If-None-Match': '*' }), { kind: 'absent', holds: false })
  t.strictSame(condition('put', { 'If-Match': '"3", "5", W/"6", "x", "5-gzip"' }), { kind: 'one-of', versions: [3, 5], holds: false })
  t.strictSame(condition('put', { 'If-Match': '"3", "5"', 'If-None-Match': 'W/"3"' }), { kind: 'one-of', versions: [5], holds: false })
  t.strictSame(condition('put', { 'If-Match': '*' }), any)
  t.strictSame(condition('transition', {}), any)
  t.strictSame(condition('put', { 'If-Match': '*', 'If-None-Match': '"3"' }), { ...any, except: [3], holds: true })
  t.strictSame(condition('put', { 'If-Unmodified-Since': sameSecond }, optional), { ...any, unmodifiedSince: new Date(sameSecond), holds: true })
  for (const headers of [{}, { 'If-Match': 'W/"5"' }, { 'If-Match': '"x"' }, { 'If-Match': '"5"', 'If-None-Match': '"5"' }, { 'If-None-Match': '"4"' }, { 'If-Match': '*', 'If-None-Match': '*' }]) {
    t.strictSame(condition('put', headers), { kind: 'never', holds: false }, JSON.stringify(headers))
  }
  t.end()
})

t.test('a condition holds for a state exactly when the judgement is to proceed', (t) => {
  const small = fc.integer({ min: 1, max: 4 })
  const tag = fc.record({ weak: fc.boolean(), opaque: fc.oneof(small.map(String), small.map((version) => `${version}-gzip`), fc.constant('x')) })
  const list = fc.oneof(fc.constant('*'), fc.array(tag, { minLength: 1, maxLength: 4 }).map((tags) => tags.map(printEntityTag).join(', ')))
  const date = fc.constantFrom(sameSecond, secondBefore)
  const headers = fc.record({ 'If-Match': list, 'If-None-Match': list, 'If-Modified-Since': date, 'If-Unmodified-Since': date }, { requiredKeys: [] })
  const policy = fc.record({ ifMatch: fc.constantFrom('required' as const, 'optional' as const), weakIfMatch: fc.constantFrom('never-matches' as const, 'compare' as const) })
  const state = fc.oneof<fc.Arbitrary<ResourceState>[]>(
    fc.record({ kind: fc.constant('document' as const), version: small, updatedAt: fc.constantFrom(updatedAt, null) }),
    fc.record({ kind: fc.constant('tombstone' as const), version: small, deletedAt: fc.constant(deletedAt) }),
    fc.constant(missing)
  )
  let proceeded = 0
  t.doesNotThrow(() => fc.assert(fc.property(fc.constantFrom(...all), headers, policy, state, (verb, headers, policy, state) => {
    const preconditions = parse(headers)
    const judgement = judgeWrite(verb, preconditions, policy, state)
    if (judgement.kind === 'proceed') proceeded++
    return stands(writeCondition(verb, preconditions, policy), state) === (judgement.kind === 'proceed')
  }), { numRuns: 10_000 }))
  t.ok(proceeded > 500, 'both answers came up often')
  t.end()
})
