import { ObjectId } from 'mongodb'
import t, { type Test } from 'tap'
import type { Json } from '../../src/merge/json.js'
import { commandsOf, createNote, openDatabase, openStore, storeModes, type Note } from './stores.js'

const nested = (levels: number): object => {
  let value = {}
  for (let level = 1; level < levels; level++) value = { a: value }
  return value
}
const circular: Record<string, unknown> = {}
circular.self = circular

// Whatever is let through to the store, type checks or not, one body must not fail others.
const poisons: [name: string, value: () => unknown][] = [
  ['nested deeper than a command may be', () => nested(250)],
  ['nested far too deep', () => nested(5_000)],
  ['nested deeper than a document may be', () => nested(182)],
  ['NUL in a name', () => ({ 'a\0b': 1 })],
  ['a type of the driver', () => ({ _bsontype: 'ObjectId' })],
  ['a type that nobody knows', () => ({ _bsontype: 'Foo' })],
  ['a circle', () => circular],
  ['what throws when it is looked at', () => ({ get a () { throw new Error('poison') } })],
  ['just over 16 MB', () => 'x'.repeat(16 * 1024 * 1024)],
  ['over 16 MB', () => 'x'.repeat(16.5 * 1024 * 1024)],
  ['over 17 MB', () => 'x'.repeat(18 * 1024 * 1024)]
]
const others = 63

for (const mode of storeModes) {
  t.test(`one body that can't be stored among ${others} others (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const store = await openStore(t, { db, mode, limits: { commands: 1 } })
    const commands = commandsOf(db)
    const ids = await Promise.all(Array.from({ length: others + 1 }, () => createNote(store)))
    let version = 1

    for (const [name, value] of poisons) {
      const poison = Math.floor(others / 3)
      const contentOf = (i: number): Note => i === poison ? { title: 'poison', value: value() as Json } : { title: `good, ${name}` }
      const check = async (t: Test, outcomes: PromiseSettledResult<{ kind: string }>[], what: string) => {
        const summary = outcomes.map((outcome) => outcome.status === 'fulfilled' ? outcome.value.kind : outcome.reason instanceof Error ? 'error' : 'something else')
        t.strictSame(summary, Array.from({ length: others + 1 }, (_, i) => i === poison ? 'error' : 'done'), what)
        t.ok(commands.length <= 2 * others + 6, `${commands.length} commands`)
        t.equal(await db.collection('notes').countDocuments({ 'data.title': 'poison' }), 0)
      }

      t.test(name, async (t) => {
        commands.length = 0
        const replaced = await Promise.allSettled(ids.map((id, i) => store.write({ id, condition: { kind: 'one-of', versions: [i === poison ? 1 : version] }, change: { kind: 'replace', next: () => contentOf(i) } })))
        version++
        await check(t, replaced, 'replaced')
        commands.length = 0
        await check(t, await Promise.allSettled(ids.map((_, i) => store.create(contentOf(i)))), 'created under new ids')
        commands.length = 0
        await check(t, await Promise.allSettled(ids.map((_, i) => store.write({ id: new ObjectId().toHexString(), condition: { kind: 'absent' }, change: { kind: 'create', content: contentOf(i) } }))), 'created')
        t.match(await store.read(ids[poison] ?? ''), { document: { version: 1, content: { title: 'A' } } })
      })
    }
  })
}
