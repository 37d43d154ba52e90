import { Type } from '@sinclair/typebox'
import t from 'tap'
import { knownContent } from '../../src/resources/known-content.js'

const closed = { additionalProperties: false }
const contact = Type.Object({ kind: Type.String(), value: Type.Optional(Type.String({ default: '' })) }, closed)
const known = knownContent(Type.Object({
  title: Type.String(),
  level: Type.Integer({ default: 1 }),
  address: Type.Optional(Type.Object({ city: Type.Optional(Type.String()) }, closed)),
  contacts: Type.Array(contact, { default: [] }),
  open: Type.Optional(Type.Object({ a: Type.Optional(contact) })),
  either: Type.Optional(Type.Union([Type.Null(), contact])),
  words: Type.Optional(Type.Array(Type.String()))
}, closed))

const all = { title: 'A', level: 2, address: { city: 'Rome' }, contacts: [{ kind: 'mail', value: 'x' }], open: { a: { kind: 'b', value: '' }, more: 1 }, either: { kind: 'fax', old: 1 }, words: ['a'] }
const home = { kind: 'home', value: '1', area: 6 }
const work = { kind: 'work', value: '2', area: 7 }
const older = { ...all, address: { city: 'Rome', fax: 5 }, contacts: [home, work], legacy: { a: 1 } }
const seen = { ...all, contacts: [{ kind: 'home', value: '1' }, { kind: 'work', value: '2' }] }

t.test('what the schema knows', (t) => {
  t.equal(known.of(all), all, 'is the same object where that is all')
  t.strictSame(known.of(older), seen)
  t.end()
})

t.test('what is made of it keeps what the schema does not know', (t) => {
  const made = { ...seen, title: 'B' }
  t.equal(known.keep(all, made), made)
  t.strictSame(known.keep(older, made), { ...older, title: 'B' })
  t.strictSame(known.keep(older, { ...made, address: {} }), { ...older, title: 'B', address: { fax: 5 } })
  const { address, ...homeless } = made
  t.ok(address)
  t.notOk('address' in known.keep(older, homeless), 'but not within what was taken away')
  t.end()
})

t.test('an element of a list keeps it wherever it stands, unless it was changed', (t) => {
  const { home: first, work: second } = { home: seen.contacts[0] ?? null, work: seen.contacts[1] ?? null }
  t.strictSame(known.keep(older, { ...seen, contacts: [second, first] }).contacts, [work, home])
  t.strictSame(known.keep(older, { ...seen, contacts: [second] }).contacts, [work])
  t.strictSame(known.keep(older, { ...seen, contacts: [{ kind: 'home', value: '9' }] }).contacts, [{ kind: 'home', value: '9' }])
  t.strictSame(known.keep(older, { ...seen, contacts: 'none' }).contacts, 'none')
  t.end()
})

t.test('clients see it in the order of the schema, with the defaults of what is missing', (t) => {
  t.equal(JSON.stringify(known.show({ contacts: [{ value: 'x', kind: 'mail', area: 1 }, { kind: 'fax' }], legacy: 1, title: 'A' })),
    '{"title":"A","level":1,"contacts":[{"kind":"mail","value":"x"},{"kind":"fax","value":""}]}')
  t.equal(JSON.stringify(known.show({ title: 5, contacts: 'none', open: { more: 1, a: 2 }, address: 3 })), '{"title":5,"level":1,"address":3,"contacts":"none","open":{"a":2,"more":1}}')
  const shown = known.show({ title: 'A' })
  t.not(shown.contacts, known.show({ title: 'A' }).contacts, 'a default is no shared value')
  t.end()
})

t.test('stored values of another type are left alone', (t) => {
  const odd = { title: 'A', contacts: 'none', address: [1] }
  t.equal(known.of(odd), odd)
  t.strictSame(known.keep({ ...odd, legacy: 1 }, { ...odd, title: 'B' }), { ...odd, title: 'B', legacy: 1 })
  t.end()
})

t.test('a schema of anything knows everything', (t) => {
  const any = knownContent({})
  t.strictSame([any.of(all), any.show(all), any.keep(all, older)], [all, all, older])
  t.throws(() => any.of([] as never), TypeError)
  t.end()
})
