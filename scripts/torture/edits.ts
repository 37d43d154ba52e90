import type { Random } from '../load/random.js'
import type { Seen, WriteCall } from './history.js'

/** A kind of write, with how often it is chosen against the others. */
const weights = { put: 16, patch: 12, merge: 8, keyed: 6, 'put-any-of': 6, 'put-any': 4, delete: 4, create: 6, transition: 5, same: 3 } as const

export type Edit = keyof typeof weights

export const editWeights: readonly (readonly [Edit, number])[] = (Object.keys(weights) as Edit[]).map((edit) => [edit, weights[edit]])

/** The write of a document that was last seen in this state. `mark` is a text that nobody else writes. */
export const editOf = (edit: Edit, known: Exclude<Seen, { kind: 'missing' }>, mark: string, random: Random): WriteCall => {
  const { version } = known
  const versions = { kind: 'versions', versions: [version] } as const
  const whole = { title: mark, body: mark }
  const part = random.int(2) === 0 ? { title: mark } : { body: mark }
  const base = known.kind === 'document' ? known.content : undefined
  switch (edit) {
    case 'put': return { kind: 'write', verb: 'put', condition: versions, ...whole }
    case 'put-any-of': return { kind: 'write', verb: 'put', condition: { kind: 'versions', versions: [version, version + 1, version + 2] }, ...whole }
    case 'put-any': return { kind: 'write', verb: 'put', condition: { kind: 'any' }, ...whole }
    case 'patch': return { kind: 'write', verb: 'patch', condition: versions, ...part }
    case 'delete': return { kind: 'write', verb: 'delete', condition: random.int(4) === 0 ? { kind: 'any' } : versions }
    case 'create': return { kind: 'write', verb: 'create', condition: { kind: 'absent' }, ...whole }
    case 'transition': return { kind: 'write', verb: random.int(2) === 0 ? 'publish' : 'unpublish', condition: random.int(2) === 0 ? { kind: 'any' } : versions }
    case 'merge': return { kind: 'write', verb: 'patch', condition: versions, ...part, ...(base !== undefined && { base }) }
    // Changes nothing, which is a success that keeps the version.
    case 'same': return { kind: 'write', verb: 'put', condition: versions, title: base?.title ?? mark, body: base?.body ?? mark }
    case 'keyed': return { kind: 'write', verb: 'patch', condition: versions, ...part, key: `k${mark}` }
  }
}
