import type { TSchema } from '@sinclair/typebox'
import type { ProblemSlug } from '../problem-types.js'
import type { ReplyHeader, RequestHeader } from './headers.js'

/** A schema, or a reference to one that the document has by name. */
export type DocumentedSchema = TSchema | { readonly $ref: string }

/** One status that a route can answer with, which is no problem. */
export interface Success {
  readonly status: number
  readonly description: string
  /** The body by media type; none unless given. */
  readonly content?: Readonly<Record<string, DocumentedSchema>>
  /** Headers that it may have beside those that every reply may have. */
  readonly headers?: readonly ReplyHeader[]
  /** Links (OpenAPI 3.1, section 4.8.20) to what can be done next. */
  readonly links?: Readonly<Record<string, object>>
}

/** One problem that a route can answer with. */
export interface PossibleProblem {
  readonly problem: ProblemSlug
  /** The status, where it isn't that of the type. */
  readonly status?: number
  /** The schema, where it isn't that of the type. */
  readonly schema?: DocumentedSchema
}

/** A parameter of the query. */
export interface QueryParameter {
  readonly name: string
  readonly description: string
  readonly schema: TSchema
}

/** What a kind of route takes and answers: the one place that says which statuses there can be. */
export interface Operation {
  /** Unique in the service. */
  readonly id: string
  /** Under which heading it stands. */
  readonly tag: string
  readonly summary: string
  readonly query?: readonly QueryParameter[]
  readonly headers?: readonly RequestHeader[]
  /** The parameters of the path, by name. */
  readonly path?: Readonly<Record<string, TSchema>>
  /** Bodies whose schema the route itself doesn't say, by media type. */
  readonly bodies?: Readonly<Record<string, TSchema>>
  readonly successes: readonly Success[]
  readonly problems: readonly PossibleProblem[]
}

/** Operations by method and URL, as a route is declared: `GET /api/articles/:id`. */
export type Operations = Readonly<Record<string, Operation>>

/** Named schemas of the document. */
export type NamedSchemas = Readonly<Record<string, TSchema>>
