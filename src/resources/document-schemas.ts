import { Type, type TObject, type TProperties, type TSchema } from '@sinclair/typebox'
import { mergePatchSchema } from '../merge/merge-patch-schema.js'
import { ownerField } from '../sign-in/access.js'
import type { ResourceDeclaration } from './resource.js'
import { statesOf } from './states.js'

/** The schemas of a resource's bodies and replies. */
export interface DocumentSchemas {
  /** The whole content, its state included, as it is stored. */
  readonly content: TSchema
  /** The body of a POST. */
  readonly create: TSchema
  /** The body of a PUT: content, and what a GET gave beside it. */
  readonly replace: TSchema
  /** The body of a merge patch. */
  readonly mergePatch: TSchema
  /** A document as a client sees it. */
  readonly document: TSchema
  /** A page of a list. */
  readonly page: TSchema
}

const closed = { additionalProperties: false }

/** Derives the schemas of bodies and replies from a declaration. Unknown fields are refused wherever a client sends some. */
export const documentSchemas = ({ schema, states, noun, ownedBy }: Pick<ResourceDeclaration, 'schema' | 'states' | 'noun' | 'ownedBy'>): DocumentSchemas => {
  const { properties }: TObject = schema
  const state = states && Type.Unsafe<string>({ type: 'string', enum: statesOf(states), description: `State of the ${noun}; only transitions change it` })
  const withState = (optional: boolean): TProperties => states && state ? { [states.field]: optional ? Type.Optional(state) : state } : {}
  const owner = ownerField({ ...(ownedBy !== undefined && { ownedBy }) })
  // A document that is older than the rule has no owner.
  const withOwner: TProperties = owner === undefined ? {} : { [owner]: Type.Optional(Type.String({ description: `Who created the ${noun}; the service sets it` })) }
  const content = { ...properties, ...withState(false), ...withOwner }
  // A document that is older than the states is in the initial one.
  const stored = states && state ? { ...content, [states.field]: Type.Unsafe<string>({ ...state, default: states.initial }) } : content
  const document = Type.Object({
    id: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    ...content,
    createdAt: Type.String({ description: 'ISO 8601, UTC' }),
    updatedAt: Type.String({ description: 'ISO 8601, UTC' })
  })
  const create = Type.Object({ ...properties, ...withState(true), ...withOwner }, closed)
  const asRead = {
    id: Type.Optional(Type.String()),
    version: Type.Optional(Type.Integer({ minimum: 1 })),
    createdAt: Type.Optional(Type.String()),
    updatedAt: Type.Optional(Type.String())
  }
  return {
    content: Type.Object(stored, closed),
    create,
    replace: Type.Object({ ...create.properties, ...asRead }, closed),
    mergePatch: mergePatchSchema(Type.Object(content, closed)),
    document,
    page: Type.Object({ items: Type.Array(document), next: Type.Optional(Type.String({ description: 'The cursor of the next page; absent at the end' })) })
  }
}
