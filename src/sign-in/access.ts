import type { FastifyRequest } from 'fastify'
import { getMember, type JsonObject } from '../merge/json.js'
import type { VersionedDocument } from '../versioned-store/versioned.js'
import type { Permission } from '../versioned-store/write.js'
import './principal.js'

/** What a request asks to do to a document. `update` is PUT, PATCH and the restore of an earlier version; `transition:publish` is `POST …/publish`. */
export type Action = 'read' | 'create' | 'update' | 'delete' | `transition:${string}`

/** Documents belong to whoever created them. */
export interface Ownership {
  /** The field that holds the `sub` of the owner. The service sets it when a document is created; no client ever sets or changes it. */
  readonly field: string
  /** Which requests need not be the owner's: those of moderators, say, or all that only read. */
  unless? (request: FastifyRequest, action: Action): boolean
}

/** What a resource says of who may do what. Where it says nothing, whoever has signed in may do everything. */
export interface AccessRules<C = JsonObject> {
  /** Only its owner may do anything with a document. The name of the field alone stands for `{ field }`. */
  readonly ownedBy?: string | Ownership
  /**
   * Whether a request may do this to the document: true or false at once, and always the same for the same three, since it is asked as
   * often as a write is tried. It judges one version, and a write is done only if that is still the stored one. What must be looked up
   * is looked up by `authenticate`, and found in `request.principal.claims`. `document` is what a GET shows, without its dates; for
   * `create` it is what would be stored, without `id` and `version`; state and owner are in it. Where there is an `ownedBy` too, both must agree.
   */
  authorize? (request: FastifyRequest, action: Action, document: C & DocumentIdentity & Readonly<Record<string, unknown>>): boolean
  /** `secret`: what a client may not read answers as if it had never been there, with 404; else, and for what it may read but not change, with 403. */
  readonly existence?: 'secret'
}

/** What a version has beside its content. */
export interface DocumentIdentity {
  readonly id?: string
  readonly version?: number
}

/** Content that is judged: of a stored version, or of what would be created. */
export type Judged = Pick<VersionedDocument<JsonObject>, 'content'> & DocumentIdentity

const ownershipOf = ({ ownedBy }: AccessRules): Ownership | undefined => typeof ownedBy === 'string' ? { field: ownedBy } : ownedBy

/** The field that holds the owner, if there is one. */
export const ownerField = (rules: Pick<AccessRules, 'ownedBy'>): string | undefined => ownershipOf(rules)?.field

/** Whether anything is asked of those who have signed in. */
export const isRestricted = (rules: AccessRules): boolean => rules.ownedBy !== undefined || rules.authorize !== undefined

/** The value that the owner's field must have for this request to do this; undefined where it need not be the owner's. */
export const requiredOwner = (request: FastifyRequest, rules: AccessRules, action: Action): { readonly field: string, readonly value: string } | undefined => {
  const ownership = ownershipOf(rules)
  if (ownership === undefined || ownership.unless?.(request, action) === true) return undefined
  // No sub is empty: without sign-in nobody is the owner.
  return { field: ownership.field, value: request.principal?.sub ?? '' }
}

const agrees = (request: FastifyRequest, rules: AccessRules, action: Action, { content, id, version }: Judged): boolean => {
  const answer: unknown = rules.authorize?.(request, action, { ...content, ...(id !== undefined && { id }), ...(version !== undefined && { version }) }) ?? true
  // A promise would be true, whatever it comes to.
  if (typeof answer !== 'boolean') throw new TypeError(`authorize must answer true or false at once, not ${typeof answer}`)
  return answer
}

/**
 * Whether a request may do this to a document: the one place that decides it, for every route, for lists, for the parts of a 409, and for
 * live events (`mayDo(request, resource, 'read', document)`).
 */
export const mayDo = (request: FastifyRequest, rules: AccessRules, action: Action, document: Judged): boolean => {
  const owner = requiredOwner(request, rules, action)
  if (owner !== undefined && getMember(document.content, owner.field) !== owner.value) return false
  return agrees(request, rules, action, document)
}

/** The same, as the store asks it of the version that a write is conditional on; undefined where nothing is asked. */
export const permissionFor = (request: FastifyRequest, rules: AccessRules, action: Action): Permission<JsonObject> | undefined => {
  if (!isRestricted(rules)) return undefined
  return {
    equals: requiredOwner(request, rules, action),
    ...(rules.authorize !== undefined && { permits: (document) => agrees(request, rules, action, document) })
  }
}
