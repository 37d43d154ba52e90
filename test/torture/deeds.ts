import fc from 'fast-check'
import type { Condition, Content, Operation, Result, Seen, WriteCall } from '../../scripts/torture/history.js'
import { applied, initialState, type State } from '../../scripts/torture/model.js'

/** What one client does, told so that it makes sense whatever was done before: versions are counted from the stored one. */
export interface Deed {
  readonly verb: 'read' | WriteCall['verb']
  readonly condition: 'version' | 'stale' | 'list' | 'any'
  /** How long before its moment it began, and how long after it ended. */
  readonly before: number
  readonly behind: number
  readonly lost: boolean
  readonly merges: boolean
}

export const deeds = fc.array(fc.record<Deed>({
  verb: fc.constantFrom('read', 'create', 'put', 'patch', 'put', 'patch', 'delete', 'publish', 'unpublish'),
  condition: fc.constantFrom('version', 'version', 'stale', 'list', 'any'),
  before: fc.double({ min: 0, max: 6, noNaN: true }),
  behind: fc.double({ min: 0, max: 6, noNaN: true }),
  lost: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
  merges: fc.boolean()
}), { minLength: 2, maxLength: 60 })

const seenOf = (state: State): Seen => state.kind === 'missing' ? { kind: 'missing' } : state

const conditionOf = ({ verb, condition }: Deed, { version }: State): Condition => {
  if (verb === 'create') return { kind: 'absent' }
  if (condition === 'any') return { kind: 'any' }
  return { kind: 'versions', versions: condition === 'list' ? [version, version + 1] : condition === 'stale' ? [Math.max(1, version - 1)] : [version] }
}

/** A change that was made at a moment: the state that it made, and the one before. */
export interface Change { readonly moment: number, readonly before: State, readonly state: State }

/** A history as a right service makes it: each deed is done at its own moment, and takes some time around it. */
export const historyOf = (deeds: readonly Deed[]): { readonly operations: Operation[], readonly changes: Change[] } => {
  let state: State = initialState
  const contents = new Map<number, Content>()
  const changes: Change[] = []
  const operations = deeds.map((deed, moment): Operation => {
    const { verb, before, behind, lost, merges } = deed
    const times = { id: moment, client: moment % 7, document: 'd', start: moment - before, end: moment + behind }
    if (verb === 'read') return { ...times, call: { kind: 'read' }, result: { kind: 'ok', seen: seenOf(state) } }
    const condition = conditionOf(deed, state)
    const base = merges && verb === 'patch' && condition.kind === 'versions' ? contents.get(condition.versions[0] ?? 0) : undefined
    const mark = `m${moment}`
    const texts = verb === 'create' || verb === 'put' ? { title: mark, body: mark } : verb !== 'patch' ? {} : moment % 2 === 0 ? { title: mark } : { body: mark }
    const call: WriteCall = { kind: 'write', verb, condition, ...texts, ...(base !== undefined && { base }) }
    const next = applied(call, state)
    const result: Result = next === undefined ? { kind: 'refused', seen: seenOf(state) } : { kind: 'ok', seen: seenOf(next) }
    if (next !== undefined && next.version !== state.version) changes.push({ moment, before: state, state: next })
    state = next ?? state
    if (state.kind === 'document') contents.set(state.version, state.content)
    return { ...times, call, result: lost ? { kind: 'unknown' } : result }
  })
  return { operations, changes }
}
