import { ObjectId } from 'mongodb'
import fc from 'fast-check'
import t from 'tap'
import type { VersionedStore } from '../../src/versioned-store/versioned-store.js'
import type { Write, WriteCondition } from '../../src/versioned-store/write.js'
import { openDatabase, openStore, storeModes, type Note } from './stores.js'

const at = new Date('2026-01-01T00:00:00.000Z')
const documents = 3

/** What an editor does, told so that it makes sense whatever was done before: versions are counted from the stored one. */
interface Deed {
  readonly store: number
  readonly document: number
  readonly condition: { kind: 'absent' | 'any' | 'any that is even' } | { kind: 'buried', offset: number } | { kind: 'one-of' | 'one-of that is even', offsets: readonly number[] }
  readonly change: { kind: 'set', title: string } | { kind: 'count' } | { kind: 'refuse' } | { kind: 'delete' } | { kind: 'create', title: string }
}

interface ModelState { version: number, content: Note | undefined }

const offsets = fc.array(fc.constantFrom(0, 0, 0, -1, 1, -2, 3, 0.5, -100), { maxLength: 3 })
const title = fc.constantFrom('A', 'B', '$version', '$$ROOT')
const deeds = fc.array(fc.record<Deed>({
  store: fc.nat(1),
  document: fc.nat(documents - 1),
  condition: fc.oneof(
    { weight: 2, arbitrary: fc.constant({ kind: 'absent' } as const) },
    { weight: 3, arbitrary: fc.constant({ kind: 'any' } as const) },
    fc.constant({ kind: 'any that is even' } as const),
    fc.record({ kind: fc.constant('buried' as const), offset: fc.constantFrom(0, 0, 1, -1) }),
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('one-of' as const), offsets }) },
    fc.record({ kind: fc.constant('one-of that is even' as const), offsets })
  ),
  change: fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const), title }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'count' } as const) },
    fc.constant({ kind: 'refuse' } as const),
    { weight: 2, arbitrary: fc.constant({ kind: 'delete' } as const) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('create' as const), title }) }
  )
}), { minLength: 5, maxLength: 25 })

const isEven = (version: number) => version % 2 === 0
const counted = (content: Note): Note => ({ ...content, n: Number(content.n ?? 0) + 1 })

/** What the condition says of a state, in the words of the contract and nothing else. */
const modelHolds = ({ condition }: Deed, { version, content }: ModelState): boolean => {
  switch (condition.kind) {
    case 'absent': return content === undefined
    case 'buried': return content === undefined && version > 0 && condition.offset === 0
    case 'any': return content !== undefined
    case 'any that is even': return content !== undefined && isEven(version)
    case 'one-of': return content !== undefined && condition.offsets.includes(0)
    case 'one-of that is even': return content !== undefined && condition.offsets.includes(0) && isEven(version)
  }
}

/** What becomes of the state, and what the editor is told. */
const modelDo = (deed: Deed, state: ModelState): { told: string, next: ModelState } => {
  const { change } = deed
  const refused = { told: state.content !== undefined ? `refused, ${state.version}` : state.version > 0 ? `refused, deleted as ${state.version}` : 'refused, missing', next: state }
  if (!modelHolds(deed, state) || (change.kind === 'create') !== (state.content === undefined)) return refused
  const version = state.version + 1
  if (state.content === undefined) return change.kind === 'create' ? { told: `created ${version}`, next: { version, content: { title: change.title } } } : refused
  if (change.kind === 'delete') return { told: `deleted as ${version}`, next: { version, content: undefined } }
  if (change.kind === 'refuse') return { told: 'thrown', next: state }
  if (change.kind === 'set' && state.content.title === change.title && state.content.n === undefined) return { told: `unchanged ${state.version}`, next: state }
  return { told: `done ${version}`, next: { version, content: change.kind === 'set' ? { title: change.title } : counted(state.content) } }
}

const conditionOf = ({ condition }: Deed, version: number): WriteCondition<Note> => {
  const holds = (document: { version: number }) => isEven(document.version)
  switch (condition.kind) {
    case 'absent': return { kind: 'absent' }
    case 'buried': return { kind: 'buried', version: version + condition.offset }
    case 'any': return { kind: 'any' }
    case 'any that is even': return { kind: 'any', holds }
    case 'one-of': return { kind: 'one-of', versions: condition.offsets.map((offset) => version + offset) }
    case 'one-of that is even': return { kind: 'one-of', versions: condition.offsets.map((offset) => version + offset), holds }
  }
}

const changeOf = ({ change }: Deed): Write<Note>['change'] => {
  switch (change.kind) {
    case 'set': return { kind: 'replace', next: () => ({ title: change.title }) }
    case 'count': return { kind: 'replace', next: ({ content }) => counted(content) }
    case 'refuse': return { kind: 'replace', next: () => { throw new Error('refused by the change') } }
    case 'delete': return { kind: 'delete' }
    case 'create': return { kind: 'create', content: { title: change.title } }
  }
}

const tell = async (store: VersionedStore<Note>, write: Write<Note>): Promise<string> => {
  try {
    const outcome = await store.write(write)
    if (outcome.kind === 'done') return `${outcome.created ? 'created' : outcome.changed ? 'done' : 'unchanged'} ${outcome.document.version}`
    if (outcome.kind === 'deleted') return `deleted as ${outcome.tombstone.version}`
    if (outcome.kind !== 'condition-failed') return outcome.kind
    const { current } = outcome
    if (current.kind === 'document') return `refused, ${current.document.version}`
    return current.kind === 'tombstone' ? `refused, deleted as ${current.tombstone.version}` : 'refused, missing'
  } catch (error) {
    return error instanceof Error && error.message === 'refused by the change' ? 'thrown' : String(error)
  }
}

for (const mode of storeModes) {
  for (const keptBytes of [0, 1_000_000]) {
    t.test(`editors through two stores on one collection do as the model says (${mode}, keeping ${keptBytes} bytes)`, async (t) => {
      const { db } = openDatabase(t)
      const stores = [await openStore(t, { db, mode, keptBytes, now: () => at }), await openStore(t, { db, mode, keptBytes, now: () => at })] as const
      const run = async (sequence: readonly Deed[]) => {
        const ids = Array.from({ length: documents }, () => new ObjectId().toHexString())
        const states = ids.map((): ModelState => ({ version: 0, content: undefined }))
        for (const [step, deed] of sequence.entries()) {
          const id = ids[deed.document] ?? ''
          const state = states[deed.document] ?? { version: 0, content: undefined }
          const store = stores[deed.store === 0 ? 0 : 1]
          const { told, next } = modelDo(deed, state)
          const was = await tell(store, { id, condition: conditionOf(deed, state.version), change: changeOf(deed) })
          if (was !== told) throw new Error(`step ${step}: told "${was}", not "${told}"`)
          states[deed.document] = next
        }
        for (const [i, { version, content }] of states.entries()) {
          const current = await stores[0].read(ids[i] ?? '')
          const expected = content !== undefined ? { kind: 'document', version, content } : version > 0 ? { kind: 'tombstone', version } : { kind: 'missing' }
          const read = current.kind === 'document' ? { kind: current.kind, version: current.document.version, content: current.document.content } : current.kind === 'tombstone' ? { kind: current.kind, version: current.tombstone.version } : current
          t.strictSame(read, expected)
        }
      }
      await fc.assert(fc.asyncProperty(deeds, run), { numRuns: 15 })
    })
  }

  t.test(`editors who write at once: whatever the order, each version was made by one of them (${mode})`, async (t) => {
    const { db } = openDatabase(t)
    const stores = [await openStore(t, { db, mode }), await openStore(t, { db, mode, keptBytes: 0 })] as const
    const run = async (sequence: readonly Deed[]) => {
      const id = new ObjectId().toHexString()
      let guess = 0
      const outcomes = await Promise.all(sequence.map((deed) => tell(stores[deed.store === 0 ? 0 : 1], { id, condition: conditionOf(deed, guess++ % 4), change: changeOf(deed) })))
      const made = outcomes.flatMap((told) => /^(?:created|done|deleted as) (\d+)$/.exec(told)?.[1] ?? []).map(Number).sort((a, b) => a - b)
      t.strictSame(made, made.map((_, i) => i + 1), 'no version twice, and none left out')
      const current = await stores[1].read(id)
      const version = current.kind === 'document' ? current.document.version : current.kind === 'tombstone' ? current.tombstone.version : 0
      t.equal(version, made.length)
      t.strictSame(outcomes.filter((told) => !/^(created|done|unchanged|deleted|refused|thrown)/.test(told)), [])
    }
    await fc.assert(fc.asyncProperty(deeds, run), { numRuns: 15 })
  })
}
