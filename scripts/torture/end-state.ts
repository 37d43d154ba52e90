import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import type { Api } from './api.js'
import type { EndState } from './record.js'
import type { Reply } from './replies.js'

interface StoredArticle { readonly _id: { toString(): string }, readonly data?: { readonly title: string, readonly body: string } }

/** How many revisions are asked for, of those documents that saw most. */
const revisionsAsked = 40

/** The service may need a moment after the last fault. */
const withinMs = 20_000

/** A reply that says what there is. Throws where there is none after all. */
const read = async (api: Api, path: string): Promise<Reply> => {
  for (const until = performance.now() + withinMs; ;) {
    const reply = await api.ask(0, { method: 'GET', path, headers: {} })
    if (reply !== undefined && reply.status !== 503) return reply
    if (performance.now() > until) throw new Error(`GET ${path} has had no answer since the faults were over`)
    await sleep(200)
  }
}

const revisionsOf = async (api: Api, document: string): Promise<{ readonly current: number, readonly versions: readonly number[] } | undefined> => {
  const current = await read(api, `/api/articles/${document}`)
  const { status, body: { items } } = await read(api, `/api/articles/${document}/revisions?limit=${revisionsAsked}`)
  if (status !== 200) return undefined
  const versions = Array.isArray(items) ? items.map((item: unknown) => typeof item === 'object' && item !== null && 'version' in item ? Number(item.version) : NaN) : []
  return { current: Number(current.etag?.replaceAll('"', '') ?? current.body.currentVersion), versions }
}

/** Reads what is stored, once all faults are over: past the service, but for the revisions, which it puts together. */
export const readEndState = async (mongodbUri: string, database: string, api: Api, ledgers: readonly string[], documents: readonly string[]): Promise<EndState> => {
  const client = new MongoClient(mongodbUri, { readConcern: { level: 'majority' } })
  try {
    const created: Record<string, string[]> = {}
    const texts: Record<string, string> = {}
    for await (const { _id, data } of client.db(database).collection<StoredArticle>('articles').find({}, { projection: { 'data.title': 1, 'data.body': 1 } })) {
      const id = String(_id)
      if (data === undefined) continue
      if (data.title.startsWith('post-')) (created[data.title] ??= []).push(id)
      if (ledgers.includes(id)) texts[id] = data.body
    }
    const revisions: Record<string, { readonly current: number, readonly versions: readonly number[] }> = {}
    for (const document of documents) {
      const found = await revisionsOf(api, document)
      if (found !== undefined) revisions[document] = found
    }
    return { created, ledgers: texts, revisions }
  } finally {
    await client.close()
  }
}
