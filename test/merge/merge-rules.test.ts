import { Type, type TSchema } from '@sinclair/typebox'
import fastify from 'fastify'
import t from 'tap'
import { memberRules, mergeKeyword, mergeRules, noMergeRules, type MergeRules } from '../../src/merge/merge-rules.js'

const at = (rules: MergeRules, ...names: string[]): MergeRules => names.reduce(memberRules, rules)
const items = Type.Object({ id: Type.Number(), note: Type.String({ merge: 'lines' }) })

t.test('rules are where their annotations are', t => {
  const rules = mergeRules(Type.Object({
    title: Type.String(),
    body: Type.Optional(Type.String({ merge: 'lines' })),
    nullable: Type.Union([Type.String(), Type.Null()], { merge: 'lines' }),
    tags: Type.Array(Type.Union([Type.String(), Type.Number()]), { merge: 'set' }),
    list: Type.Array(Type.String()),
    rows: Type.Array(items, { merge: { key: 'id' } }),
    deep: Type.Object({ er: Type.Object({ text: Type.String({ merge: 'lines' }) }) }),
    texts: Type.Record(Type.String({ pattern: '^t' }), Type.String({ merge: 'lines' }), { additionalProperties: Type.Array(Type.String(), { merge: 'set' }) }),
    both: Type.Intersect([Type.Object({ a: Type.String({ merge: 'lines' }), c: Type.Object({ x: Type.String({ merge: 'lines' }) }) }), Type.Object({ b: Type.Array(Type.String(), { merge: 'set' }), c: Type.Object({ y: Type.String({ merge: 'lines' }) }) })]),
    either: Type.Union([Type.Object({ a: Type.String({ merge: 'lines' }) }), Type.String()])
  }))
  const shape = (rules: MergeRules) => [rules.text, typeof rules.array === 'object' ? rules.array.key : rules.array]
  const rows: readonly [string[], unknown[]][] = [
    [[], [undefined, undefined]],
    [['title'], [undefined, undefined]],
    [['body'], ['lines', undefined]],
    [['nullable'], ['lines', undefined]],
    [['tags'], [undefined, 'set']],
    [['list'], [undefined, undefined]],
    [['rows'], [undefined, 'id']],
    [['deep', 'er', 'text'], ['lines', undefined]],
    [['texts', 'title'], ['lines', undefined]],
    [['texts', 'other'], [undefined, 'set']],
    [['both', 'a'], ['lines', undefined]],
    [['both', 'b'], [undefined, 'set']],
    [['both', 'c', 'x'], ['lines', undefined]],
    [['both', 'c', 'y'], ['lines', undefined]],
    [['either', 'a'], ['lines', undefined]],
    [['unknown', 'member'], [undefined, undefined]],
    [['__proto__'], [undefined, undefined]],
    [['constructor'], [undefined, undefined]]
  ]
  for (const [names, expected] of rows) t.strictSame(shape(at(rules, ...names)), expected, `/${names.join('/')}`)
  const { array } = at(rules, 'rows')
  t.equal(typeof array === 'object' && at(array.items, 'note').text, 'lines', 'within the elements of a keyed array')
  t.strictSame(at(noMergeRules, 'a'), noMergeRules)
  t.end()
})

t.test('a wrong annotation is refused, with its value and place', t => {
  const refused: readonly [TSchema, string][] = [
    [Type.String({ merge: 'line' }), 'merge: "line" at "/a" of the schema: it is "lines", "set" or { key: <name of a member> }'],
    [Type.String({ merge: true }), 'merge: true at "/a" of the schema: it is "lines", "set" or { key: <name of a member> }'],
    [Type.Array(items, { merge: { key: 1 } }), 'merge: {"key":1} at "/a" of the schema: it is "lines", "set" or { key: <name of a member> }'],
    [Type.Number({ merge: 'lines' }), 'merge: "lines" at "/a" of the schema: only a string merges by line'],
    [Type.String({ merge: 'set' }), 'merge: "set" at "/a" of the schema: only an array merges as a set'],
    [Type.Array(items, { merge: 'set' }), 'merge: "set" at "/a" of the schema: only an array of scalars merges as a set'],
    [Type.Array(items, { merge: { key: 'key' } }), 'merge: {"key":"key"} at "/a" of the schema: only an array of objects that have this member merges by it'],
    [Type.Object({ id: Type.String() }, { merge: { key: 'id' } }), 'merge: {"key":"id"} at "/a" of the schema: only an array of objects that have this member merges by it']
  ]
  for (const [schema, message] of refused) t.throws(() => mergeRules(Type.Object({ a: schema })), new TypeError(message))
  t.end()
})

t.test('a strict validator takes the annotations once it knows the keyword', async t => {
  const body = Type.Object({ tags: Type.Array(Type.String(), { merge: 'set' }), rows: Type.Array(items, { merge: { key: 'id' } }) })
  const answer = async (keywords: string[]) => {
    const app = fastify({ ajv: { customOptions: { strict: true, keywords } } })
    t.teardown(() => app.close())
    app.post('/', { schema: { body } }, (request, reply) => reply.send(request.body))
    return (await app.inject({ method: 'POST', url: '/', payload: { tags: ['a'], rows: [] } })).json<unknown>()
  }
  t.strictSame(await answer([mergeKeyword]), { tags: ['a'], rows: [] })
  await t.rejects(answer([]), { message: /unknown keyword: "merge"/ })
})
