import { Type, type TSchema } from '@sinclair/typebox'
import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types'

/** A header, as the document tells of it. */
interface Header {
  readonly description: string
  readonly schema: TSchema
  /** Whether a reply that names it always has it. */
  readonly always?: boolean
  readonly example?: string
}

const text = Type.String()
const tags = '(?:W/)?"[!#-~]*"'
const tagList = Type.String({ pattern: `^(?:\\*|[0-9]+|${tags}(?:, ?${tags})*)$` })
const httpDate = 'An HTTP date (RFC 9110 section 5.6.7), compared to the second; one that cannot be read is ignored.'

/** Headers that requests may have. */
export const requestHeaders = {
  'If-Match': { description: 'The entity-tag of the version that this changes, several of them, or `*` for whatever is there (RFC 9110 section 13.1.1). A bare number reads as a tag.', schema: tagList, example: '"1"' },
  'If-None-Match': { description: 'On GET and HEAD: 304 where the entity-tag names what is there. On PUT: `*` creates, and only where there is nothing (RFC 9110 section 13.1.2).', schema: tagList, example: '*' },
  'If-Modified-Since': { description: httpDate, schema: text },
  'If-Unmodified-Since': { description: httpDate, schema: text },
  Prefer: { description: '`return=minimal` replies without a body; `conflict=merge` merges with what others changed where the two do not clash (RFC 7240). What is not known is ignored.', schema: text, example: 'return=minimal' },
  'Idempotency-Key': { description: 'A key of the client\'s choice, 1 to 255 bytes: the same request again gets the first reply.', schema: Type.String({ pattern: '^(?:"[ !#-\\[\\]-~]{1,255}"|[!#-+\\--:<-\\[\\]-~]{1,255})$' }), example: '"0f8fad5b-d9cb-469f-a165-70867728950e"' },
  'Last-Event-ID': { description: 'The id of the last event that was seen: the events after it follow.', schema: text },
  'X-Request-Id': { description: 'A name for the request, 1 to 64 letters, digits, `_`, `.` or `-`; the service chooses one unless it is one of this form.', schema: text }
} as const satisfies Record<string, Header>

export type RequestHeader = keyof typeof requestHeaders

const strongTag = Type.String({ pattern: '^"[1-9][0-9]{0,15}(?:-gzip|-br)?"$' })
const seconds = Type.String({ pattern: '^[1-9][0-9]*$' })

/** Headers that replies may have. A reply that lists one with `always` has it each time. */
export const replyHeaders = {
  ETag: { description: 'The version, quoted: what If-Match takes. A compressed document has a suffix, which is taken too.', schema: strongTag, always: true, example: '"1"' },
  'ETag of the current version': { description: 'The version that is stored now, quoted.', schema: strongTag, example: '"6"' },
  'ETag of the page': { description: 'A hash of the body.', schema: Type.String({ pattern: '^"[^"]+"$' }), always: true },
  'Last-Modified': { description: 'When this version was stored.', schema: text },
  Location: { description: 'URL of what was created.', schema: text, always: true },
  'Content-Location': { description: 'URL of the document in the body (RFC 9110 section 8.7).', schema: text },
  Link: { description: 'The next page: `rel="next"` (RFC 8288).', schema: text },
  'Preference-Applied': { description: 'The preferences that were followed.', schema: text },
  'Idempotency-Replayed': { description: '`true` where this is the first reply, given again.', schema: Type.Literal('true') },
  'Retry-After': { description: 'When to come again, in seconds.', schema: seconds, always: true, example: '1' },
  'Retry-After where it may succeed': { description: 'When to come again, in seconds, where the same request may succeed.', schema: seconds },
  'WWW-Authenticate': { description: 'How to sign in (RFC 6750).', schema: text, always: true },
  'Accept-Patch': { description: 'The media types that PATCH takes.', schema: text },
  Accept: { description: 'The media types that the URL takes.', schema: text },
  'Accept-Encoding': { description: 'The codings of a body that the URL takes.', schema: text },
  'Cache-Control': { description: 'Whether and how the reply may be kept.', schema: text },
  Vary: { description: 'The headers of the request that the reply depends on.', schema: text },
  'X-Request-Id': { description: 'The name under which the request stands in the log.', schema: text }
} as const satisfies Record<string, Header>

export type ReplyHeader = keyof typeof replyHeaders

/** Headers that a reply of any kind may have. */
const everywhere: readonly ReplyHeader[] = ['Cache-Control', 'Vary', 'X-Request-Id']

/** `ETag` of `ETag of the page`. */
const nameOf = (header: ReplyHeader): string => header.split(' ')[0] ?? header

const exampleOf = ({ example }: Header) => example === undefined ? {} : { example }

/** The parameters for headers of a request. */
export const headerParameters = (names: readonly RequestHeader[]): OpenAPIV3_1.ParameterObject[] => [...names, 'X-Request-Id' as const].map((name) => {
  const header: Header = requestHeaders[name]
  return { in: 'header', name, required: false, description: header.description, schema: header.schema, ...exampleOf(header) }
})

/** The headers of a reply. */
export const headersOfReply = (names: readonly ReplyHeader[] = []): Record<string, OpenAPIV3.HeaderObject> => Object.fromEntries([...names, ...everywhere].map((name) => {
  const header: Header = replyHeaders[name]
  return [nameOf(name), { description: header.description, ...(header.always === true && { required: true }), schema: header.schema, ...exampleOf(header) }]
}))
