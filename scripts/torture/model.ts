import type { Content, Operation, Seen, WriteCall } from './history.js'

/** The register that a document is: its version never goes back, also not when it is deleted. */
export type State =
  | { readonly kind: 'missing', readonly version: 0 }
  | { readonly kind: 'deleted', readonly version: number }
  | { readonly kind: 'document', readonly version: number, readonly content: Content }

export const initialState: State = { kind: 'missing', version: 0 }

/** The same for equal states, and only for them. */
export const stateKey = (state: State): string =>
  state.kind === 'document' ? `${state.version} ${state.content.status} ${state.content.title} ${state.content.body}` : `${state.version} ${state.kind}`

const sameContent = (a: Content, b: Content): boolean => a.title === b.title && a.body === b.body && a.status === b.status

/** Whether what was shown is this state, as far as it was shown. */
export const isShown = (state: State, seen: Seen): boolean => {
  if (seen.kind !== state.kind) return false
  if (seen.kind === 'missing') return true
  if (seen.version !== state.version) return false
  return seen.kind !== 'document' || state.kind !== 'document' || seen.content === undefined || sameContent(seen.content, state.content)
}

const conditionHolds = ({ condition }: WriteCall, state: State): boolean => {
  if (condition.kind === 'absent') return state.kind !== 'document'
  return state.kind === 'document' && (condition.kind === 'any' || condition.versions.includes(state.version))
}

/** A text of a three-way merge, by git's rule; undefined where both sides changed it. */
const mergedText = (base: string, theirs: string, yours: string | undefined): string | undefined => {
  if (yours === undefined || yours === base || yours === theirs) return theirs
  return theirs === base ? yours : undefined
}

const mergedContent = ({ base, title, body }: WriteCall, theirs: Content): Content | undefined => {
  if (base === undefined) return undefined
  const merged = { title: mergedText(base.title, theirs.title, title), body: mergedText(base.body, theirs.body, body) }
  return merged.title === undefined || merged.body === undefined ? undefined : { title: merged.title, body: merged.body, status: theirs.status }
}

const contentAfter = ({ verb, title, body }: WriteCall, { content }: State & { kind: 'document' }): Content | undefined => {
  if (verb === 'publish') return content.status === 'draft' ? { ...content, status: 'published' } : undefined
  if (verb === 'unpublish') return content.status === 'published' ? { ...content, status: 'draft' } : undefined
  return { ...content, ...(title !== undefined && { title }), ...(body !== undefined && { body }) }
}

/** What a write makes of a state; undefined where it must be refused. */
export const applied = (call: WriteCall, state: State): State | undefined => {
  const holds = conditionHolds(call, state)
  const version = state.version + 1
  if (call.verb === 'create') return holds ? { kind: 'document', version, content: { title: call.title ?? '', body: call.body ?? '', status: 'draft' } } : undefined
  if (state.kind !== 'document') return undefined
  if (call.verb === 'delete') return holds ? { kind: 'deleted', version } : undefined
  const content = holds ? contentAfter(call, state) : mergedContent(call, state.content)
  if (content === undefined) return undefined
  return sameContent(content, state.content) ? state : { kind: 'document', version, content }
}

/** The state after an operation with its result took place in this one; undefined where it can't have. An unknown one took place only if it was done. */
export const after = ({ call, result }: Operation, state: State): State | undefined => {
  if (call.kind === 'read') return result.kind === 'ok' && isShown(state, result.seen) ? state : undefined
  switch (result.kind) {
    case 'ok': {
      const next = applied(call, state)
      return next !== undefined && isShown(next, result.seen) ? next : undefined
    }
    case 'refused': {
      if (!isShown(state, result.seen)) return undefined
      // What a merge finds too old to merge, or could not finish for others, may be refused whatever it is.
      const mayRefuse = call.base === undefined ? applied(call, state) === undefined : result.retryable === true || !conditionHolds(call, state)
      return mayRefuse ? state : undefined
    }
    case 'unknown': return applied(call, state)
    case 'not-applied': return undefined
  }
}

/** Whether the operation leaves every state as it is. */
export const changesNothing = ({ call, result }: Operation): boolean => call.kind === 'read' || result.kind === 'refused'
