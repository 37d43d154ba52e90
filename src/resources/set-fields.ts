import type { FastifyRequest } from 'fastify'
import { errors } from '../errors.js'
import { getMember, type JsonObject } from '../merge/json.js'
import { ownerField } from '../sign-in/access.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import type { Resource } from './resource.js'
import { withInitialState, withoutState, withStateOf } from './states.js'

type Fields = Pick<Resource, 'states' | 'ownedBy'>

const setByService = (field: string) => errors.invalid({
  detail: `/${field} is set by the service`,
  members: { errors: [{ pointer: `/${field}`, message: 'is set by the service: it is who created the document' }] }
})

const without = (field: string, content: JsonObject): JsonObject => Object.fromEntries(Object.entries(content).filter(([name]) => name !== field))

/** Content with this owner, undefined for none. Throws 422 where the content says another. */
const withOwner = (field: string, owner: string | undefined, content: JsonObject): JsonObject => {
  const sent = getMember(content, field)
  if (sent !== undefined && sent !== owner) throw setByService(field)
  return owner === undefined ? without(field, content) : { ...content, [field]: owner }
}

/** The content of a new document: its state is the initial one, its owner who sends the request. Throws 422 where a body says otherwise. */
export const contentOfNew = (request: FastifyRequest, { states, ...rules }: Fields, content: JsonObject): JsonObject => {
  const field = ownerField(rules)
  const complete = withInitialState(states, content)
  return field === undefined ? complete : withOwner(field, request.principal?.sub, complete)
}

/** The content that a change makes of its base: state and owner are the base's. Throws 422 where the change says otherwise. */
export const contentOfChange = ({ states, ...rules }: Fields, base: VersionedDocument<JsonObject>, content: JsonObject): JsonObject => {
  const field = ownerField(rules)
  const complete = withStateOf(states, base, content)
  if (field === undefined) return complete
  const owner = getMember(base.content, field)
  return withOwner(field, typeof owner === 'string' ? owner : undefined, complete)
}

/** The same for a patch, in whose result a field that isn't there has been taken away. */
export const contentOfPatch = (fields: Fields, base: VersionedDocument<JsonObject>, content: JsonObject): JsonObject => {
  const field = ownerField(fields)
  if (field !== undefined && getMember(content, field) !== getMember(base.content, field)) throw setByService(field)
  return contentOfChange(fields, base, content)
}

/** Content without its state and its owner. */
export const withoutSetFields = ({ states, ...rules }: Fields, content: JsonObject): JsonObject => {
  const field = ownerField(rules)
  const stateless = withoutState(states, content)
  return field === undefined ? stateless : without(field, stateless)
}
