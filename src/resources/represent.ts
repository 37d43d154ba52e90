import type { JsonObject } from '../merge/json.js'
import type { Current, Tombstone, VersionedDocument } from '../versioned-store/versioned.js'
import type { Resource } from './resource.js'

/** A document as a client sees it: what the schema knows of its content, and `id`, `version` and the dates, which are ISO 8601 in UTC. */
export const represent = ({ known }: Resource, { id, version, content, createdAt, updatedAt }: VersionedDocument<JsonObject>): JsonObject =>
  ({ id, version, ...known.show(content), createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() })

/** The state of an id as the version hook judges it. */
export const storedOf = <C>(current: Current<C>): VersionedDocument<C> | Tombstone | null =>
  current.kind === 'document' ? current.document : current.kind === 'tombstone' ? current.tombstone : null
