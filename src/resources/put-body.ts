import { errors } from '../errors.js'
import type { JsonObject } from '../merge/json.js'
import { printId, type IdForm } from '../versioned-store/id-form.js'
import { isServiceField } from './service-fields.js'

/** The body of a PUT, taken apart. */
export interface PutBody {
  readonly content: JsonObject
  /** The version that the client says it edited, if it says so. */
  readonly version: number | undefined
}

const invalid = (pointer: string, message: string) => errors.invalid({ detail: `${pointer} ${message}`, members: { errors: [{ pointer, message }] } })

/**
 * Takes from the body of a PUT what a GET gave beside the content. Throws 422 where its `id` is not that of the URL. The dates
 * are ignored.
 */
export const readPutBody = (body: JsonObject, pathId: string, idForm: IdForm): PutBody => {
  const { id, version } = body
  const content = Object.fromEntries(Object.entries(body).filter(([field]) => !isServiceField(field)))
  if (id !== undefined && storedId(id, idForm) !== storedId(pathId, idForm)) throw invalid('/id', 'must be the id in the URL')
  return { content, version: typeof version === 'number' ? version : undefined }
}

const storedId = (id: unknown, idForm: IdForm): string | undefined => {
  const _id = typeof id === 'string' ? idForm.parse(id) : undefined
  return _id && printId(_id)
}

/** 422: the body names another version than the header does. */
export const versionsDisagree = (detail: string) => invalid('/version', detail)
