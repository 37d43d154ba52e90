import fc from 'fast-check'
import type { Json } from '../../src/merge/json.js'
import { setMember, type JsonDraft } from '../../src/merge/json.js'

const name = fc.constantFrom('a', 'b', 'c', '', 'a/b', '~1', '0', '__proto__', 'constructor')
const scalar = fc.constantFrom<Json>(null, false, true, 0, 1, -1.5, '', 'x', 'y', '0')

/** An object of these members, `__proto__` among them. */
export const objectOf = (members: Iterable<readonly [string, Json]>): Json => {
  const draft: JsonDraft = {}
  for (const [member, value] of members) setMember(draft, member, value)
  return draft
}

/** Any JSON, nested up to four levels, of few names and scalars, so that two of them have much in common. */
export const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof({ maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map(objectOf))
})).value

const object = fc.array(fc.tuple(name, json), { maxLength: 5 }).map(objectOf)

/** What an editor may make of a value: mostly the same, here and there something changed, added, removed or moved. */
export function edited (value: Json): fc.Arbitrary<Json> {
  const unchanged = { weight: 4, arbitrary: fc.constant(value) }
  const replaced = { weight: 1, arbitrary: json }
  if (typeof value !== 'object' || value === null) return fc.oneof(unchanged, replaced)
  return fc.oneof({ ...unchanged, weight: 1 }, { weight: 6, arbitrary: Array.isArray(value) ? editedArray(value) : editedObject(value as Record<string, Json>) }, replaced)
}

const kept = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 7, arbitrary }, { weight: 1, arbitrary: fc.constant(undefined) })

const editedObject = (value: Record<string, Json>): fc.Arbitrary<Json> =>
  fc.tuple(
    fc.tuple(...Object.entries(value).map(([member, part]) => kept(edited(part)).map(to => [member, to] as const))),
    fc.array(fc.tuple(name, json), { maxLength: 1 })
  ).map(([members, added]) => objectOf([...members, ...added].flatMap(([member, to]) => to === undefined ? [] : [[member, to] as const])))

const editedArray = (value: readonly Json[]): fc.Arbitrary<Json> =>
  fc.tuple(fc.tuple(...value.map(part => kept(edited(part)))), fc.array(json, { maxLength: 1 }), fc.nat(), fc.boolean()).map(([elements, added, at, turned]) => {
    const made = elements.filter(element => element !== undefined)
    made.splice(at % (made.length + 1), 0, ...added)
    return turned && made.length > 1 ? [...made.slice(1), ...made.slice(0, 1)] : made
  })

export interface Triple {
  readonly base: Json
  readonly theirs: Json
  readonly yours: Json
}

export const triplesOf = (document: fc.Arbitrary<Json>): fc.Arbitrary<Triple> =>
  document.chain(base => fc.record({ base: fc.constant(base), theirs: edited(base), yours: edited(base) }))

/** Three versions of any document, none of whose values has a rule. */
export const triple = triplesOf(fc.oneof({ weight: 9, arbitrary: object }, { weight: 1, arbitrary: json }))

/** The value, with every object and array in it frozen: to write to it throws. */
export function frozen<T extends Json> (value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen)
    Object.freeze(value)
  }
  return value
}
