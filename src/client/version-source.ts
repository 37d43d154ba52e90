/** A version as the API has it: the value of a field, or an entity-tag as it came, with its quotes. */
export type Version = string | number

/** Where the version of a document stands. */
export type VersionSource =
  /** In a field of the document. Proxies that compress change tags, never bodies. */
  | { readonly field: string }
  /** In a header of the reply, such as `etag`. It is sent back in If-Match as it came. */
  | { readonly header: string }

const isVersion = (value: unknown): value is Version => typeof value === 'number' || (typeof value === 'string' && value !== '')

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The version of a document in a reply: undefined where it says none. Where there is no document the field's version is taken from
 * the entity-tag, if that is a number: `"5"`, also when a proxy has made it `W/"5"` or `"5-gzip"`.
 */
export const versionIn = (source: VersionSource, document: unknown, headers: Headers): Version | undefined => {
  if ('header' in source) return headers.get(source.header) ?? undefined
  const value = isObject(document) ? document[source.field] : undefined
  if (isVersion(value)) return value
  const number = /^(?:W\/)?"(\d+)(?:[-;][^"]*)?"$/.exec(headers.get('etag') ?? '')?.[1]
  return number === undefined ? undefined : Number(number)
}

/** The version as If-Match names it (RFC 9110 section 13.1.1); `*` is any. */
export const printIfMatch = (source: VersionSource, version: Version): string =>
  version === '*' || 'header' in source ? String(version) : `"${version}"`
