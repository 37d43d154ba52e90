import { MongoClient } from 'mongodb'
import type { Api } from './api.js'
import type { EndState } from './record.js'

interface StoredArticle { readonly _id: { toString(): string }, readonly data?: { readonly title: string, readonly body: string } }

/** How many revisions are asked for, of those documents that saw most. */
const revisionsAsked = 40

const revisionsOf = async (api: Api, document: string): Promise<{ readonly current: number, readonly versions: readonly number[] } | undefined> => {
  const current = await api.ask(0, { method: 'GET', path: `/api/articles/${document}`, headers: {} })
  const page = await api.ask(0, { method: 'GET', path: `/api/articles/${document}/revisions?limit=${revisionsAsked}`, headers: {} })
  if (current === undefined || page?.status !== 200) return undefined
  const { items } = page.body
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
