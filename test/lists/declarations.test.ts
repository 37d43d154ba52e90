import { Type } from '@sinclair/typebox'
import t from 'tap'
import type { ListDeclaration } from '../../src/resources/list-declaration.js'
import { defineResource } from '../../src/resources/resource.js'

const schema = Type.Object({
  title: Type.String({ maxLength: 256 }),
  text: Type.String(),
  longer: Type.String({ maxLength: 257 }),
  kind: Type.Union([Type.Literal('a'), Type.Literal('b')]),
  mixed: Type.Union([Type.Literal('a'), Type.Literal(1)]),
  either: Type.Union([Type.String({ maxLength: 10 }), Type.String()]),
  maybe: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  tags: Type.Array(Type.String()),
  tuples: Type.Array(Type.Array(Type.String())),
  place: Type.Object({ lat: Type.Number() }),
  anything: Type.Any(),
  sort: Type.Boolean(),
  'a.b': Type.String({ maxLength: 9 }),
  $set: Type.Integer()
})

const notCompared = 'it must be a field whose values or elements are strings, numbers, booleans or dates'
const notSorted = 'it must be a field whose values are strings, numbers, booleans or dates'
const tooLong = 'its schema must have a maxLength of at most 256'
const badName = 'name it with letters, digits, - and _'

t.test('a declared list that cannot be is refused at the start', (t) => {
  const filters = { status: 'equals', title: 'range', text: 'equals', kind: 'equals', maybe: 'range', tags: 'equals', createdAt: 'range', updatedAt: 'equals' } as const
  const declare = (list: ListDeclaration) => defineResource({ name: 'notes', noun: 'note', schema, states: { field: 'status', initial: 'x', transitions: {} }, list })
  const { listRules } = declare({ filters, sorts: ['title', 'createdAt', 'kind', 'status', 'updatedAt'] })
  t.strictSame(listRules.fields, { equals: ['status', 'text', 'kind', 'tags', 'updatedAt'], ranges: ['title', 'maybe', 'createdAt'], sorts: ['createdAt', 'title', 'kind', 'status', 'updatedAt'] })
  for (const [list, message] of [
    [{ filters: { other: 'equals' } }, `the list cannot filter by other: ${notCompared}`],
    [{ filters: { version: 'equals' } }, `the list cannot filter by version: ${notCompared}`],
    [{ filters: { toString: 'equals' } }, `the list cannot filter by toString: ${notCompared}`],
    [{ filters: { mixed: 'equals' } }, `the list cannot filter by mixed: ${notCompared}`],
    [{ filters: { tuples: 'equals' } }, `the list cannot filter by tuples: ${notCompared}`],
    [{ filters: { place: 'equals' } }, `the list cannot filter by place: ${notCompared}`],
    [{ filters: { anything: 'range' } }, `the list cannot filter by anything: ${notCompared}`],
    [{ filters: { 'a.b': 'equals' } }, `the list cannot filter by a.b: ${badName}`],
    [{ filters: { $set: 'equals' } }, `the list cannot filter by $set: ${badName}`],
    [{ filters: { sort: 'equals' } }, 'the list cannot filter by sort: every list has a parameter of this name'],
    [{ filters: { tags: 'range' } }, 'the list cannot filter by tags: an array is in no range'],
    [{ sorts: ['other'] }, `the list cannot sort by other: ${notSorted}`],
    [{ sorts: ['tags'] }, `the list cannot sort by tags: ${notSorted}`],
    [{ sorts: ['text'] }, `the list cannot sort by text: ${tooLong}`],
    [{ sorts: ['title', 'longer'] }, `the list cannot sort by longer: ${tooLong}`],
    [{ sorts: ['either'] }, `the list cannot sort by either: ${tooLong}`],
    [{ sorts: ['$set'] }, `the list cannot sort by $set: ${badName}`],
    [{ sorts: ['maybe'] }, 'the list cannot sort by maybe: it may be absent or null, which have no order: let it be one of the two']
  ] as const) t.throws(() => declare(list), { message: `resource "notes": ${message}` })
  t.end()
})

t.test('a collation needs ids that it can tell apart', (t) => {
  const slugs = { description: 'letters', parse: (id: string) => id, generate: () => 'a' }
  const list = { collation: { locale: 'en' } }
  t.throws(() => defineResource({ name: 'notes', noun: 'note', schema, idForm: slugs, list }), { message: 'resource "notes": a list with a collation needs ids that are ObjectIds, since two strings may be the same under it' })
  t.doesNotThrow(() => defineResource({ name: 'notes', noun: 'note', schema, idForm: slugs, list: {} }))
  t.doesNotThrow(() => defineResource({ name: 'notes', noun: 'note', schema, list }))
  t.end()
})
