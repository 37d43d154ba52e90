import { errors, type ProblemError } from '../errors.js'
import { printVersion } from '../preconditions/entity-tag.js'
import type { JsonObject } from '../merge/json.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import type { States, Transition } from './resource.js'

/** Every state, the initial one first. */
export const statesOf = ({ initial, transitions }: States): string[] =>
  [...new Set([initial, ...Object.values(transitions).flatMap(({ from, to }) => [...from, to])])]

/** The content after a transition. Throws the 409 that names what the current state allows. */
export const afterTransition = (states: States, name: string, { from, to }: Transition, base: VersionedDocument<JsonObject>): JsonObject => {
  const stored = base.content[states.field]
  const currentState = typeof stored === 'string' ? stored : states.initial
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

/** Throws 422 where content changes the state of its base. Gives the content with the state of its base. */
export const withStateOf = (states: States | undefined, base: VersionedDocument<JsonObject>, content: JsonObject): JsonObject => {
  if (states === undefined) return content
  const state = base.content[states.field]
  if (state === undefined) return content
  if (![undefined, state].includes(content[states.field])) throw wrongState(states, `is ${JSON.stringify(state)} in version ${base.version}`)
  return { ...content, [states.field]: state }
}
