import type { HttpConnection, Reply } from './http-connection.js'
import type { HttpRequests } from './http-requests.js'
import type { Latencies } from './latencies.js'
import type { MeasureName } from './measures.js'

/** A document as the load knows it. `etag` is that of its current version, `before` that of the version before. */
export interface KnownDocument {
  readonly id: string
  etag: string
  before: string
}

/** One connection at work. */
export interface Editor {
  readonly connection: HttpConnection
  readonly requests: HttpRequests
  /** Documents that no other connection changes. */
  readonly documents: readonly KnownDocument[]
  /** The document that all change. */
  readonly hot: KnownDocument
  readonly latencies: Latencies
  /** A number that no other edit has. */
  readonly nextEdit: () => number
  readonly over: () => boolean
}

/** Throws unless the status is one of these. */
export const expectStatus = (reply: Reply, ...statuses: readonly number[]): Reply => {
  if (!statuses.includes(reply.status)) throw new Error(`expected ${statuses.join(' or ')}, got ${reply.status}: ${reply.body.toString('latin1', 0, 300)}`)
  return reply
}

/** The entity-tag of a reply; where the header has none, `_etag` of the body, as in Eve's reply to a POST. */
export const etagOf = ({ etag, status, body }: Reply): string => {
  if (etag !== undefined) return etag
  const inBody = /"_etag": *("[^"]+")/.exec(body.toString('latin1'))?.[1]
  if (inBody === undefined) throw new Error(`a reply with status ${status} has no ETag: ${body.toString('latin1', 0, 300)}`)
  return inBody
}

/** The id of the document that a reply holds. */
export const idOf = ({ body }: Reply): string => {
  const id = /"_?id": *"([^"]+)"/.exec(body.toString('latin1'))?.[1]
  if (id === undefined) throw new Error(`a 201 names no id: ${body.toString('latin1', 0, 300)}`)
  return id
}

/** Documents in turn, for as long as there is time. */
const each = async ({ documents, over, latencies }: Editor, request: (document: KnownDocument) => Promise<unknown>): Promise<void> => {
  for (let at = 0; !over(); at = (at + 1) % documents.length) {
    const document = documents[at]
    if (document === undefined) throw new Error('a connection has no document')
    const since = performance.now()
    await request(document)
    latencies.add(since)
  }
}

const changed = (document: KnownDocument, reply: Reply): void => {
  document.before = document.etag
  document.etag = etagOf(expectStatus(reply, 200))
  if (document.etag === document.before) throw new Error(`an accepted edit kept the version ${document.etag}`)
}

/** One accepted PUT. */
export const put = async ({ connection, requests, nextEdit }: Pick<Editor, 'connection' | 'requests' | 'nextEdit'>, document: KnownDocument): Promise<void> =>
  changed(document, await connection.send(requests.put(document.id, document.etag, nextEdit())))

/** The same with a body of about 100 kB. */
const putLong = async ({ connection, requests, nextEdit }: Editor, document: KnownDocument): Promise<void> =>
  changed(document, await connection.send(requests.putLong(document.id, document.etag, nextEdit())))

/** The current tag that a 409 names, in its header or, as Mongoose's versions go, in its body. */
export const currentTag = ({ etag, body }: Reply): string => {
  const tag = etag ?? /"currentVersion": *(\d+)/.exec(body.toString('latin1'))?.[1]
  if (tag === undefined) throw new Error(`a refusal names no version: ${body.toString('latin1', 0, 300)}`)
  return tag
}

const editHot = async ({ connection, requests, hot, over, latencies, nextEdit }: Editor, refetch: boolean): Promise<void> => {
  const read = async (): Promise<string> => {
    const since = performance.now()
    const tag = etagOf(expectStatus(await connection.send(requests.get(hot.id)), 200))
    latencies.add(since, false)
    return tag
  }
  let tag = await read()
  while (!over()) {
    const since = performance.now()
    const reply = expectStatus(await connection.send(requests.put(hot.id, tag, nextEdit())), 200, 409, 412)
    const accepted = reply.status === 200
    latencies.add(since, accepted)
    if (!refetch) tag = accepted ? etagOf(reply) : currentTag(reply)
    else if (!over()) tag = await read()
  }
}

/** What a connection does in each measure but that of sheets. */
export const work: Readonly<Record<Exclude<MeasureName, 'hot-merge'>, (editor: Editor) => Promise<void>>> = {
  PUT: (editor) => each(editor, (document) => put(editor, document)),
  'PUT-100k': (editor) => each(editor, (document) => putLong(editor, document)),
  alone: (editor) => each(editor, (document) => put(editor, document)),
  PATCH: (editor) => each(editor, async (document) => changed(document, await editor.connection.send(editor.requests.patch(document.id, document.etag, editor.nextEdit())))),
  POST: (editor) => each(editor, async () => expectStatus(await editor.connection.send(editor.requests.post(editor.nextEdit())), 201)),
  GET: (editor) => each(editor, async (document) => {
    const reply = expectStatus(await editor.connection.send(editor.requests.get(document.id)), 200)
    if (reply.etag !== document.etag) throw new Error(`a GET gave version ${String(reply.etag)}, and ${document.etag} is stored`)
  }),
  304: (editor) => each(editor, async (document) => expectStatus(await editor.connection.send(editor.requests.get(document.id, document.etag)), 304)),
  stale: (editor) => each(editor, async (document) => expectStatus(await editor.connection.send(editor.requests.put(document.id, document.before, editor.nextEdit())), 409, 412)),
  'hot-refetch': (editor) => editHot(editor, true),
  'hot-from-409': (editor) => editHot(editor, false)
}
