import { errors, type ProblemError } from '../errors.js'
import { printVersion } from '../preconditions/entity-tag.js'
import type { JsonObject } from '../merge/json.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import type { States, Transition } from './resource.js'

/** Every state, the initial one first. */
export const statesOf = ({ initial, transitions }: States): string[] =>
  [...new Set([initial, ...Object.values(transitions).flatMap(({ from, to }) => [...from, to])])]

/** The state of a document: the initial one where it has none, since it is older than the states. */
const stateOf = ({ field, initial }: States, { content }: VersionedDocument<JsonObject>): string => {
  const stored = content[field]
  return typeof stored === 'string' ? stored : initial
}

/** The content after a transition. Throws the 409 that names what the current state allows. */
export const afterTransition = (states: States, name: string, { from, to }: Transition, base: VersionedDocument<JsonObject>): JsonObject => {
  const currentState = stateOf(states, base)
  if (from.includes(currentState)) return { ...base.content, [states.field]: to }
  const allowedTransitions = Object.entries(states.transitions).filter(([, { from }]) => from.includes(currentState)).map(([allowed]) => allowed)
  throw errors.stateConflict({
    detail: `The state is ${currentState}, which does not allow ${name}`,
    members: { currentState, requestedTransition: name, allowedTransitions, currentVersion: base.version, retryable: false },
    headers: { etag: printVersion(base.version) }
  })
}

const wrongState = ({ field, transitions }: States, message: string): ProblemError => {
  const detail = `/${field} ${message}`
  return errors.invalid({ detail, members: { errors: [{ pointer: `/${field}`, message: `${message}; transitions change it: ${Object.keys(transitions).join(', ')}` }] } })
}

/** Content without its state. */
export const withoutState = (states: States | undefined, content: JsonObject): JsonObject =>
  states === undefined ? content : Object.fromEntries(Object.entries(content).filter(([field]) => field !== states.field))

/** Throws 422 where new content has another state than the initial one. Gives the content with its state. */
export const withInitialState = (states: States | undefined, content: JsonObject): JsonObject => {
  if (states === undefined) return content
  const { field, initial } = states
  if (![undefined, initial].includes(content[field] as string | undefined)) throw wrongState(states, `must be ${JSON.stringify(initial)} in a new document`)
  return { ...content, [field]: initial }
}

/** Throws 422 where content changes the state of its base, the initial one where it has none. Gives the content with that state. */
export const withStateOf = (states: States | undefined, base: VersionedDocument<JsonObject>, content: JsonObject): JsonObject => {
  if (states === undefined) return content
  const state = stateOf(states, base)
  const sent = content[states.field]
  if (sent !== undefined && sent !== state) throw wrongState(states, `is ${JSON.stringify(state)} in version ${base.version}`)
  return { ...content, [states.field]: state }
}
