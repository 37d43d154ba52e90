/**
 * A client that loses no edit: it works on `fetch` alone, in browsers, Node, Deno and Bun, with this service and with other APIs
 * that compare versions.
 * @module
 */
export type { Client, Revision } from './client.js'
export { createClient } from './create-client.js'
export type { ChangeDocument, EditConflict, EditOptions, OnConflict } from './edit.js'
export {
  AlreadyExists, BadRequest, DuplicateKey, Forbidden, Gone, IdempotencyKeyReused, Invalid, NoclobberError, NotFound, PatchTestFailed, PreconditionFailed, PreconditionRequired,
  RateLimited, RequestInProgress, StateConflict, Unauthorized, Unavailable, VersionConflict
} from './errors.js'
export type {
  BrokenRule, Change, Clash, DuplicateKeyProblem, Outcome, Problem, StateConflictProblem, VersionConflictProblem, VersionedProblem
} from './errors.js'
export type { JsonPatchOperation } from './json-patch-operation.js'
export type { MergePatch } from './merge-patch.js'
export type { ClientOptions, CreateOptions, NewContent, ReadOptions, ServiceField, WriteOptions } from './options.js'
export type { Query } from './pages.js'
export type { SenderOptions } from './request.js'
export { resolve, type Choice } from './resolve.js'
export type { Backoff } from './retry.js'
export type { Version, VersionSource } from './version-source.js'
